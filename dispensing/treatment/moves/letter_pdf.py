"""The letter as PDF: A4, Danish, one or two pages, for whoever takes over today. Pure.

The same letter gives the same bytes. The document's own data name nobody.
"""

import io
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from babel.dates import get_day_names
from reportlab.lib.colors import Color, black
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from dispensing.clock import zone_named
from dispensing.labels.fitting import BOLD, PLAIN, register_fonts
from dispensing.treatment.moves.letter import DayHad, Letter, Ordered
from dispensing.web.formats import birth_date, day_and_date, milligrams

DANISH = "da"
NOT_TOLD = "ikke oplyst"
# A frame of the document keeps so many points inside its edge.
EDGE, FOOT, PADDING = 18 * mm, 20 * mm, 6
WIDE = A4[0] - 2 * (EDGE + PADDING)
RULE, SHADE = Color(0.45, 0.45, 0.45), Color(0.93, 0.93, 0.93)
SUBSTANCES = {
    "methadone": "Metadon",
    "buprenorphine": "Buprenorphin",
    "diacetylmorphine": "Heroin (diacetylmorfin)",
}
FORMS = {
    "oral_solution": "mikstur",
    "tablet": "tablet",
    "sublingual_tablet": "resoriblet under tungen",
    "injection": "injektion",
    "depot": "depotinjektion",
}
PLAIN_TEXT = ParagraphStyle("plain", fontName=PLAIN, fontSize=9.5, leading=12.5, textColor=black)
SMALL = ParagraphStyle("small", parent=PLAIN_TEXT, fontSize=8, leading=10)
LABEL = ParagraphStyle("label", parent=PLAIN_TEXT, fontName=BOLD)
HEAD = ParagraphStyle("head", parent=LABEL, fontSize=11, leading=14, spaceBefore=8, spaceAfter=2)
TITLE = ParagraphStyle("title", parent=LABEL, fontSize=16, leading=20, spaceAfter=4)
DOSE = ParagraphStyle("dose", parent=LABEL, fontSize=13, leading=17)


def letter_pdf(letter: Letter) -> bytes:
    """The letter as PDF bytes."""
    register_fonts()
    pages = _built(letter, 0)[1]
    return _built(letter, pages)[0]


def _built(letter: Letter, pages: int) -> tuple[bytes, int]:
    """The document, and how many pages it has; each says of how many it is one."""
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=EDGE,
        rightMargin=EDGE,
        topMargin=EDGE,
        bottomMargin=FOOT,
        invariant=1,
        title="",
        author="",
        subject="",
        creator="",
        initialFontName=PLAIN,
    )
    foot = partial(_foot, letter, pages)
    document.build(_story(letter), onFirstPage=foot, onLaterPages=foot)
    return target.getvalue(), document.page


def _foot(letter: Letter, pages: int, canvas: Canvas, document: Any) -> None:
    """Who it is about stands on every page: pages part."""
    who = f"{letter.given_name} {letter.family_name}, født {birth_date(letter.born_on, DANISH)}"
    canvas.setFont(PLAIN, 8)
    canvas.drawString(EDGE + PADDING, 11 * mm, who)
    canvas.drawRightString(A4[0] - EDGE - PADDING, 11 * mm, f"Side {document.page} af {pages}")


def _story(letter: Letter) -> list[Flowable]:
    moment = letter.written_at.astimezone(zone_named(letter.zone))
    written = f"{birth_date(letter.on, DANISH)} kl. {moment:%H.%M}"
    to = letter.to_name + (f", tlf. {letter.to_phone}" if letter.to_phone else "")
    phone = letter.unit_phone or NOT_TOLD
    role = "læge" if letter.by_doctor else "sygeplejerske"
    story: list[Flowable] = [
        Paragraph("Substitutionsbehandling: overdragelse", TITLE),
        _pairs(
            [
                ("Til", to),
                ("Fra", f"{letter.unit_name}, tlf. {phone}"),
                ("Skrevet", written),
                ("Person", f"{letter.given_name} {letter.family_name}"),
                ("Født", f"{birth_date(letter.born_on, DANISH)} (CPR-nummer oplyses på telefon)"),
            ]
        ),
        Paragraph("Dosis nu", HEAD),
        *_dose(letter),
        _pairs(
            [
                ("Sidste dosis set indtaget", _last(letter)),
                ("Doser hjemme", _home(letter)),
                ("Udlevering", _arrangement(letter)),
            ]
        ),
        Paragraph(
            "Er der gået dage uden dosis, eller vides det ikke, så spørg en læge, før den fulde"
            " dosis gives. Ikke oplyst er ikke nul.",
            SMALL,
        ),
        KeepTogether([Paragraph("De sidste 14 dage", HEAD), _fortnight(letter)]),
        Paragraph("Vigtigt at vide", HEAD),
        _pairs(_to_know(letter)),
    ]
    if letter.note:
        story += [Paragraph("Bemærkning", HEAD), _text(letter.note)]
    story.append(
        KeepTogether(
            [
                Spacer(1, 6 * mm),
                _text(f"Spørgsmål: ring til {letter.unit_name}, tlf. {phone}."),
                _text(f"Underskrevet af {letter.signed_by}, {role}, {written}."),
                Paragraph(
                    "Ved udskrivelse: oplys dage med dosis, præparat, dosis pr. dag, den sidste"
                    " dosis' klokkeslæt og ændringer, så intet gives to gange eller mangler.",
                    SMALL,
                ),
            ]
        )
    )
    return story


def _text(text: str, style: ParagraphStyle = PLAIN_TEXT) -> Paragraph:
    return Paragraph(escape(text), style)


def _pairs(rows: Sequence[tuple[str, str]]) -> Table:
    cells = [[_text(name, LABEL), _text(said)] for name, said in rows]
    table = Table(cells, colWidths=[46 * mm, WIDE - 46 * mm], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 1.2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
            ]
        )
    )
    return table


def _dose(letter: Letter) -> list[Flowable]:
    order, night = letter.order, letter.night
    none = _text("Ingen ordination er i kraft. Ring før der gives noget.", DOSE)
    if order is None:
        return [none]
    if order.valid_to is not None and order.valid_to < letter.on:
        ended = birth_date(order.valid_to, DANISH)
        return [none, _text(f"Den seneste gjaldt til og med {ended}: {_in_words(order)}")]
    found: list[Flowable] = [_text(_in_words(order), DOSE)]
    if night is not None:
        found.append(_text(f"Til natten ved siden af: {_in_words(night)}", DOSE))
    until = "uden slutdag" if order.valid_to is None else birth_date(order.valid_to, DANISH)
    since = birth_date(order.valid_from, DANISH)
    found.append(_text(f"Ordineret fra {since}, til og med {until}."))
    return found


def _in_words(order: Ordered) -> str:
    what = f"{SUBSTANCES.get(order.substance, order.substance)}, {FORMS[order.form]}"
    if order.weekday_ug is not None:
        names = get_day_names("abbreviated", locale=DANISH)
        days = ", ".join(
            f"{names[place]} {milligrams(ug, DANISH)}" for place, ug in enumerate(order.weekday_ug)
        )
        return f"{what}: {days}"
    if order.form == "depot":
        every = order.depot_interval_days
        said = f"hver {every}. dag" if every is not None else f"interval {NOT_TOLD}"
        return f"{what}: {milligrams(order.daily_ug, DANISH)} {said}"
    total = f"{milligrams(order.daily_ug, DANISH)} i døgnet"
    if len(order.parts_ug) > 1:
        parts = " + ".join(milligrams(ug, DANISH) for ug in order.parts_ug)
        total += f", delt {parts}"
    return f"{what}: {total}"


def _last(letter: Letter) -> str:
    if letter.last_at is None:
        return NOT_TOLD
    at = letter.last_at.astimezone(zone_named(letter.zone))
    amount = f"mængde {NOT_TOLD}"
    if letter.last_ug is not None:
        amount = milligrams(letter.last_ug, DANISH)
        if letter.last_of is not None:
            amount = f"{SUBSTANCES.get(letter.last_of, letter.last_of)} {amount}"
    hour = f"kl. {at:%H.%M}" if letter.last_hour_told else f"klokkeslæt {NOT_TOLD}"
    told = f"{amount}, {day_and_date(at.date(), DANISH)} {hour}"
    if letter.last_depot_on is not None:
        told += f". Sidste depot: {birth_date(letter.last_depot_on, DANISH)}"
    if letter.unknown_days:
        told += ". Hvad der er fået siden, er ikke oplyst"
    return told


def _home(letter: Letter) -> str:
    if not letter.home:
        return "ingen kendte"
    last = max(part.for_on for part in letter.home)
    total = milligrams(sum(part.amount_ug for part in letter.home), DANISH)
    return (
        f"{len(letter.home)}, i alt {total}, til og med {birth_date(last, DANISH)}."
        " De er personens egne og må ikke lægges oven i jeres dosis."
    )


def _arrangement(letter: Letter) -> str:
    if letter.home_allowed is None:
        told = NOT_TOLD
    elif not letter.home_allowed:
        told = "alt indtages overvåget"
    else:
        names = get_day_names("wide", locale=DANISH)
        told = f"overvåget {_days_named(letter.supervised_weekdays, names)}"
        if letter.take_home_days:
            told += f"; højst {letter.take_home_days} dages doser med hjem ad gangen"
    if letter.supervised_until_on is not None:
        told += f"; alt overvåget til og med {birth_date(letter.supervised_until_on, DANISH)}"
    if letter.indkald:
        days = ", ".join(day_and_date(day, DANISH) for day in letter.indkald)
        told += f". Aftalte dage her, der falder væk under opholdet: {days}"
    return told


def _days_named(days: Sequence[int], names: Any) -> str:
    return ", ".join(names[day - 1] for day in days) or "ingen faste dage"


def _to_know(letter: Letter) -> list[tuple[str, str]]:
    allergies = {None: NOT_TOLD, "unknown": NOT_TOLD, "none": "ingen kendte"}
    ecg = NOT_TOLD
    if letter.ecg_on is not None:
        qtc = NOT_TOLD if letter.qtc_ms is None else f"{letter.qtc_ms} ms"
        ecg = f"QTc {qtc}, {birth_date(letter.ecg_on, DANISH)}"
    sedatives = NOT_TOLD
    if letter.sedatives is not None:
        sedatives = "; ".join(
            f"{name} {NOT_TOLD + ' hvor meget' if ug is None else milligrams(ug, DANISH)}"
            + ("" if ug is None else " i døgnet")
            for name, ug in letter.sedatives
        )
        sedatives = sedatives or "spurgt, ingen"
    pregnant = {None: NOT_TOLD, True: "ja", False: "nej"}
    return [
        ("Allergier", allergies.get(letter.allergies) or letter.allergies_note or "ja"),
        ("Beroligende medicin", sedatives),
        ("Anden medicin", _medicines(letter)),
        ("Seneste EKG", ecg),
        ("Graviditet", pregnant[letter.pregnant]),
        ("Risici", letter.risks or NOT_TOLD),
        ("Naloxon", _given_on(letter.naloxone_on)),
    ]


def _medicines(letter: Letter) -> str:
    """Beside the sedatives; the shared card may know more than was asked here."""
    if letter.medicines is None:
        return f"{NOT_TOLD} her: se Fælles Medicinkort"
    said = "; ".join(
        one.name
        + (f", {one.dose}" if one.dose else f", dosis {NOT_TOLD}")
        + (f" (ophørt {birth_date(one.stopped_on, DANISH)})" if one.stopped_on else "")
        for one in letter.medicines
    )
    return f"{said or 'spurgt, ingen'}. Se også Fælles Medicinkort"


def _given_on(day: date | None) -> str:
    return NOT_TOLD if day is None else f"udleveret med oplæring {birth_date(day, DANISH)}"


def _fortnight(letter: Letter) -> Table:
    """Two weeks side by side, oldest first."""
    half = len(letter.days) // 2
    head = ["Dag", "Indtaget her", "Med hjem / andet"] * 2
    rows = [[_text(said, SMALL) for said in head]]
    of = letter.order.substance if letter.order is not None else None
    for left, right in zip(letter.days[:half], letter.days[half:], strict=True):
        rows.append([_text(said, SMALL) for said in (*_cells(left, of), *_cells(right, of))])
    share = [24 * mm, 24 * mm, WIDE / 2 - 48 * mm]
    table = Table(rows, colWidths=share * 2, repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, RULE),
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("LINEAFTER", (2, 0), (2, -1), 1.2, RULE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table


def _cells(one: DayHad, of: str | None) -> tuple[str, str, str]:
    """A day; of another substance than ``of``, what was had elsewhere is named."""
    other = []
    if one.home_ug:
        other.append(f"{milligrams(one.home_ug, DANISH)} med hjem")
    if one.elsewhere_unknown:
        other.append(f"dosis et andet sted, mængde {NOT_TOLD}")
    elif one.elsewhere_ug:
        what = one.elsewhere_of if one.elsewhere_of not in (None, of) else None
        name = f"{SUBSTANCES.get(what, what)} " if what is not None else ""
        other.append(f"{name}{milligrams(one.elsewhere_ug, DANISH)} et andet sted")
    if one.missed:
        other.append("udeblev")
    here = milligrams(one.here_ug, DANISH) if one.here_ug else "–"
    if not one.here_ug and not other:
        other.append("intet skrevet ned")
    return day_and_date(one.day, DANISH), here, ", ".join(other) or "–"
