"""The patient's slip, A6, Danish or English: what to take when, when to come, what to do if.

Two pages, printed on both sides: the outside says when to come and whom to call, and not one word
of what is treated; the inside the rest. Nobody's name stands on it.
"""

import io
from dataclasses import dataclass
from datetime import date, time

from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from dispensing.labels import dosage_text
from dispensing.labels.dosage_text import HomeDose, Language, Preparation
from dispensing.labels.fitting import PLAIN, Box, Text, fit, font, register_fonts

EDGE = 9 * mm

WORDS: dict[Language, dict[str, str]] = {
    "da": {
        "next": "Næste gang",
        "ask": "Spørg os, hvornår du skal komme igen.",
        "hours": "Åbent kl. {opens} til {closes}",
        "call": "Ring til os: {phone}",
        "ledger": "Hovedbog: {entries} · {hash}",
        "home": "Med hjem",
        "nothing": "Du har ingen doser med hjem. Du får den næste, når du kommer.",
        "keep": "Opbevar det låst. Det kan være dødeligt for andre, især børn.",
        "vomit": "Hvis du kaster op",
        "vomit_do": "Tag ikke mere. Ring til os, eller kom og fortæl det.",
        "absent": "Hvis du ikke kan komme",
        "absent_do": "Ring så tidligt du kan. Tag aldrig to dages doser på én dag.",
        "absent_days": (
            "Har du ikke taget din medicin i {days} dage eller mere, kan den sædvanlige dosis"
            " være farlig: tal med lægen, før du tager den."
        ),
        "unconfirmed": "Tallet er endnu ikke bekræftet af enhedens læge.",
        "drowsy": "Ved døsighed eller besvær med at trække vejret: ring 112.",
        "complain": (
            "Er du uenig i din behandling, så tal med os. Du kan også klage til Styrelsen for"
            " Patientsikkerhed."
        ),
    },
    "en": {
        "next": "Next time",
        "ask": "Ask us when to come again.",
        "hours": "Open from {opens} to {closes}",
        "call": "Call us: {phone}",
        "ledger": "Ledger: {entries} · {hash}",
        "home": "To take home",
        "nothing": "You have no doses to take home. You get the next one when you come.",
        "keep": "Keep it locked away. It can kill others, above all children.",
        "vomit": "If you vomit",
        "vomit_do": "Take no more. Call us, or come and tell us.",
        "absent": "If you cannot come",
        "absent_do": "Call as early as you can. Never take two days' doses on one day.",
        "absent_days": (
            "If you have not taken your medicine for {days} days or more, the usual dose can be"
            " dangerous: talk to the doctor before you take it."
        ),
        "unconfirmed": "This number is not yet confirmed by the unit's doctor.",
        "drowsy": "If drowsy or short of breath: call 112.",
        "complain": (
            "If you disagree with your treatment, talk to us. You can also complain to the Danish"
            " Patient Safety Authority (Styrelsen for Patientsikkerhed)."
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Slip:
    """What the slip says. ``absence_days`` come from the unit's book; None says no number.

    ``preparation`` is None without an order; then no dose is listed. ``ledger``: how many
    entries the unit's ledger has, and how the last one's hash begins: each patient keeps a receipt.
    """

    unit_name: str
    phone: str | None
    opens: time
    closes: time
    next_on: date | None
    doses: tuple[HomeDose, ...]
    preparation: Preparation | None
    absence_days: int | None
    absence_confirmed: bool
    ledger: tuple[int, str] | None = None


def outside(slip: Slip, language: Language) -> tuple[Text, ...]:
    """What anybody may read over a shoulder."""
    words = WORDS[language]
    if slip.next_on is None:
        when = [Text(words["ask"], 16, 11, bold=True)]
    else:
        day = dosage_text.day_in_words(slip.next_on, language)
        hours = words["hours"].format(opens=f"{slip.opens:%H.%M}", closes=f"{slip.closes:%H.%M}")
        when = [
            Text(words["next"], 15, 9),
            Text(f"{day[0].upper()}{day[1:]}", 21, 13, bold=True, above=4),
            Text(hours, 14, 9, above=4),
        ]
    call = (
        [Text(words["call"].format(phone=slip.phone), 15, 10, bold=True, above=30)]
        if slip.phone
        else []
    )
    if slip.ledger is None:
        return (*when, *call)
    told = words["ledger"].format(entries=slip.ledger[0], hash=slip.ledger[1])
    return (*when, *call, Text(told, 8, 6, above=30))


def inside(slip: Slip, language: Language) -> tuple[Text, ...]:
    """What is taken when, and what to do if."""
    words = WORDS[language]
    said = [Text(words["home"], 14, 8.5, bold=True)]
    if slip.doses and slip.preparation is not None:
        lines = dosage_text.block(slip.doses, slip.preparation, language).split("\n")
        said += [Text(f"{line[0].upper()}{line[1:]}", 13, 7, above=3) for line in lines]
        said += [Text(words["keep"], 11, 7, bold=True, above=4)]
    else:
        said += [Text(words["nothing"], 13, 8, above=3)]
    said += [
        Text(words["vomit"], 13, 8.5, bold=True, above=12),
        Text(words["vomit_do"], 12, 7, above=2),
        Text(words["absent"], 13, 8.5, bold=True, above=12),
        Text(words["absent_do"], 12, 7, above=2),
    ]
    if slip.absence_days is not None:
        number = words["absent_days"].format(days=slip.absence_days)
        doubt = "" if slip.absence_confirmed else f" {words['unconfirmed']}"
        said.append(Text(number + doubt, 12, 7, above=3))
    said.append(Text(words["drowsy"], 12, 7.5, bold=True, above=12))
    said.append(Text(words["complain"], 10, 6.5, above=12))
    said.append(Text(slip.unit_name, 10, 6.5, above=4))
    return tuple(said)


def slip_pdf(slip: Slip, language: Language) -> bytes:
    """Both pages as PDF; the same slip gives the same bytes. Raises DoesNotFit."""
    wide, high = A6
    box = Box(EDGE, EDGE, wide - 2 * EDGE, high - 2 * EDGE)
    pages = [fit(page(slip, language), box) for page in (outside, inside)]
    register_fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A6, invariant=1, pageCompression=1, initialFontName=PLAIN)
    canvas.setTitle("")
    canvas.setAuthor("")
    canvas.setSubject("")
    for lines in pages:
        for line in lines:
            canvas.setFont(font(line.bold), line.size)
            canvas.drawString(line.x, line.y, line.text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()
