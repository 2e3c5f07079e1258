"""The invitation: one page A5 and a text message, Danish or English. Pure.

Both may be seen by anybody: neither names the person, the unit, the treatment or what is taken, and
both say whom to call. The words are the patient's own, not the clinic's.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from babel.dates import format_date
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from dispensing.labels.dosage_text import Language, day_in_words
from dispensing.labels.fitting import PLAIN, Box, Text, fit, font, register_fonts

EDGE = 14 * mm
WORDS: dict[Language, dict[str, str]] = {
    "da": {
        "title": "Aftale med dig",
        "days": "Kom alle {count} dage",
        "one": "Kom denne dag",
        "line": "{day} kl. {hour}",
        "long": "Regn med mindst {minutes} minutter hver gang. Tag gerne noget at læse i med.",
        "nothing": (
            "Disse dage får du ikke noget med hjem. Har du allerede noget derhjemme til en af"
            " dagene, så tag det med."
        ),
        "after": "Bagefter taler vi med dig om, hvordan det går.",
        "cannot": "Kan du ikke komme?",
        "call": "Ring så tidligt, du kan: {phone}. Så finder vi andre dage.",
        "tell": "Sig det så tidligt, du kan. Så finder vi andre dage.",
        "fine": "Passer dagene ikke med arbejde eller ferie, så sig det. Vi lægger dem om.",
        "sms": "Hej. Husk vores aftale {days} kl. {hour}. Regn med mindst {minutes} min. hver dag.",
        "sms_one": "Hej. Husk vores aftale {days} kl. {hour}. Regn med mindst {minutes} min.",
        "sms_call": " Kan du ikke, så ring {phone}.",
        "and": "og",
        "month": "d. MMMM",
    },
    "en": {
        "title": "Our appointment",
        "days": "Please come on all {count} days",
        "one": "Please come on this day",
        "line": "{day} at {hour}",
        "long": "Allow at least {minutes} minutes each time. Bring something to read.",
        "nothing": (
            "On these days you get nothing to take home. If you already have something at home for"
            " one of the days, bring it along."
        ),
        "after": "Afterwards we talk with you about how it is going.",
        "cannot": "If you cannot come",
        "call": "Call as early as you can: {phone}. We will find other days.",
        "tell": "Tell us as early as you can. We will find other days.",
        "fine": "If the days do not suit your work or holiday, tell us. We will move them.",
        "sms": "Hi. Remember our appointment {days} at {hour}. Allow at least {minutes} min a day.",
        "sms_one": "Hi. Remember our appointment {days} at {hour}. Allow at least {minutes} min.",
        "sms_call": " If you cannot come, call {phone}.",
        "and": "and",
        "month": "d MMMM",
    },
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """The days, the hour of each, how long, and whom to call."""

    days: tuple[date, ...]
    come_at: time
    minutes: int
    phone: str | None


def _hour(at: time, language: Language) -> str:
    return f"{at:%H.%M}" if language == "da" else f"{at:%H:%M}"


def texts(invitation: Invitation, language: Language) -> tuple[Text, ...]:
    """Everything the page says, from its top."""
    words = WORDS[language]
    hour = _hour(invitation.come_at, language)
    lines: list[str] = []
    for day in invitation.days:
        said = words["line"].format(day=day_in_words(day, language), hour=hour)
        lines.append(f"{said[0].upper()}{said[1:]}")
    count = len(invitation.days)
    head = words["days"].format(count=count) if count > 1 else words["one"]
    call = words["tell"]
    if invitation.phone:
        call = words["call"].format(phone=invitation.phone)
    return (
        Text(words["title"], 13, 9),
        Text(head, 24, 13, bold=True, above=6),
        *(Text(line, 18, 10, bold=True, above=5) for line in lines),
        Text(words["long"].format(minutes=invitation.minutes), 13.5, 8.5, above=18),
        Text(words["nothing"], 13.5, 8.5, above=8),
        Text(words["after"], 13.5, 8.5, above=8),
        Text(words["cannot"], 15, 9, bold=True, above=22),
        Text(call, 15, 9, above=4),
        Text(words["fine"], 13.5, 8.5, above=8),
    )


def invitation_pdf(invitation: Invitation, language: Language) -> bytes:
    """The page as PDF; the same invitation gives the same bytes. Raises DoesNotFit."""
    wide, high = A5
    lines = fit(texts(invitation, language), Box(EDGE, EDGE, wide - 2 * EDGE, high - 2 * EDGE))
    register_fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A5, invariant=1, pageCompression=1, initialFontName=PLAIN)
    for said in (canvas.setTitle, canvas.setAuthor, canvas.setSubject):
        said("")
    for line in lines:
        canvas.setFont(font(line.bold), line.size)
        canvas.drawString(line.x, line.y, line.text)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def text_message(invitation: Invitation, language: Language) -> str:
    """What a text message says. Nothing sends it: somebody copies it."""
    words = WORDS[language]
    said = words["sms" if len(invitation.days) > 1 else "sms_one"].format(
        days=_days(invitation.days, language),
        hour=_hour(invitation.come_at, language),
        minutes=invitation.minutes,
    )
    return said + (words["sms_call"].format(phone=invitation.phone) if invitation.phone else "")


def _days(days: Sequence[date], language: Language) -> str:
    """Days in short: the month once, where they share it."""
    pattern, locale = WORDS[language]["month"], "da" if language == "da" else "en_GB"
    if len({(day.year, day.month) for day in days}) == 1 and language == "da":
        named = [f"{day.day}." for day in days[:-1]]
    elif len({(day.year, day.month) for day in days}) == 1:
        named = [str(day.day) for day in days[:-1]]
    else:
        named = [format_date(day, pattern, locale=locale) for day in days[:-1]]
    last = format_date(days[-1], pattern, locale=locale)
    if not named:
        return last
    return f"{', '.join(named)} {WORDS[language]['and']} {last}"
