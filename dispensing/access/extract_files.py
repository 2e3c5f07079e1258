"""The extract as a table for a spreadsheet and as paper, in the patient's words. Danish.

No name of a person or of staff stands in a file's name or properties; the paper carries the
patient's name, since it is handed to the patient.
"""

import csv
import io
from functools import lru_cache
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from dispensing.access.extract import Extract, Look
from dispensing.clock import zone_named
from dispensing.web import render
from dispensing.web.navigation import N_

WORDS = {
    "counter": N_("Slået op ved skranken"),
    "check": N_("Reglerne spurgt om en dosis"),
    "numbers": N_("CPR-nummer set, skjult"),
    "number-shown": N_("Hele CPR-nummeret vist"),
    "merges": N_("Samlede journaler set"),
    "person-compared": N_("Sammenlignet med en anden journal"),
    "home-doses": N_("Doser derhjemme set"),
    "collectors": N_("Hvem der må hente, set"),
    "observation": N_("Set på observationstavlen"),
    "doctor-notices": N_("Besked til lægen læst"),
    "doctor-questions": N_("Stod på lægens liste"),
    "adverse-events": N_("Utilsigtet hændelse læst"),
    "audit": N_("Stod bag et tal i den medicinske audit"),
    "client": N_("Stod på en klients liste"),
    "closure": N_("Stod på planen for lukkedage"),
    "today": N_("Stod på dagens liste"),
    "register": N_("Nummer i regnskabet over medicin set"),
    "paper-rows": N_("Stod på en liste over papirrækker"),
    "paper-conflicts": N_("Stod på listen over papirkonflikter"),
    "right-requests": N_("Stod på listen over anmodninger om ret"),
    "emergency-list-viewed": N_("Stod på en nødliste, der blev åbnet"),
    "emergency-reviews": N_("Gennemgang af nødadgang"),
    "emergency-access": N_("Set med nødadgang"),
    "emergency-access-opened": N_("Nødadgang åbnet"),
    "people-searched": N_("Kom frem i en søgning"),
    "number-searched": N_("Fundet med CPR-nummer"),
    "extract": N_("Udtræk af opslag lavet"),
}
ROLES = {
    "nurse": N_("Sygeplejerske"),
    "doctor": N_("Læge"),
    "pharmacist": N_("Farmaceut"),
    "auditor": N_("Revisor"),
    "administrator": N_("Administrator"),
}
OTHER, IN_EMERGENCY = N_("Set"), N_("nødadgang")
HEADINGS = ("Dato", "Tid", "Hvem", "Enhed", "Hvad", "Nødadgang")
_FONTS = Path(render.__file__).parent / "fonts"
_FONT, _BOLD = "Extract", "Extract-Bold"
_WIDTHS = (21 * mm, 13 * mm, 38 * mm, 40 * mm, 47 * mm, 23 * mm)


def cells(look: Look, zone: str) -> list[str]:
    """A look as the patient reads it, in the order of HEADINGS."""
    local = look.at.astimezone(zone_named(zone))
    return [
        f"{local:%d-%m-%Y}",
        f"{local:%H:%M}",
        f"{ROLES.get(look.role, 'Medarbejder')} {look.viewer}",
        look.unit_name,
        WORDS.get(look.what, OTHER),
        IN_EMERGENCY if look.in_emergency else "",
    ]


def extract_csv(extract: Extract) -> bytes:
    """For a spreadsheet: UTF-8 with byte order mark, semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows(cells(look, extract.zone) for look in extract.looks)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


@lru_cache(maxsize=1)
def _fonts() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, str(_FONTS / "DejaVuSansCondensed.ttf")))
    pdfmetrics.registerFont(TTFont(_BOLD, str(_FONTS / "DejaVuSansCondensed-Bold.ttf")))


def extract_pdf(extract: Extract) -> bytes:
    """For the patient, on A4. The same extract gives the same bytes."""
    _fonts()
    plain = ParagraphStyle("plain", fontName=_FONT, fontSize=9.5, leading=13)
    small = ParagraphStyle("small", parent=plain, fontSize=8.5, leading=11)
    title = ParagraphStyle("title", parent=plain, fontName=_BOLD, fontSize=15, leading=20)
    person = extract.person
    local = extract.made_at.astimezone(zone_named(extract.zone))
    rows = [
        [Paragraph(_escaped(cell), small) for cell in cells(look, extract.zone)]
        for look in extract.looks
    ]
    head = [Paragraph(f'<font name="{_BOLD}">{text}</font>', small) for text in HEADINGS]
    table = LongTable([head, *rows], colWidths=_WIDTHS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    said = (
        f"{_escaped(f'{person.given_name} {person.family_name}')}, "
        f"født {person.born_on:%d-%m-%Y}. Fra {extract.from_on:%d-%m-%Y} til og med "
        f"{extract.to_on:%d-%m-%Y}. Lavet {local:%d-%m-%Y kl. %H:%M} på "
        f"{_escaped(extract.unit_name)}."
    )
    story = [
        Paragraph("Hvem har set på mig", title),
        Paragraph(said, plain),
        Spacer(0, 3 * mm),
        Paragraph(
            "Her står hver gang nogen har fået dig vist: alene, på en liste eller i en søgning."
            " En liste står én gang om dagen for hver medarbejder. Medarbejdere står med"
            " stilling, et nummer der kun gælder her, og enhed. Udleveringer og andet, der er"
            " gjort, står i journalen. Spørg enheden, hvis du ikke kan genkende et opslag.",
            plain,
        ),
        Spacer(0, 4 * mm),
        table if rows else Paragraph("Ingen opslag i perioden.", plain),
    ]
    out = io.BytesIO()
    SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=14 * mm,
        rightMargin=14 * mm,
        topMargin=14 * mm,
        bottomMargin=16 * mm,
        invariant=1,
        title="Hvem har set på mig",
        author="",
    ).build(story, onFirstPage=_footed, onLaterPages=_footed)
    return out.getvalue()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _footed(canvas: object, document: object) -> None:
    canvas.setFont(_FONT, 8)  # type: ignore[attr-defined]
    canvas.drawRightString(  # type: ignore[attr-defined]
        A4[0] - 14 * mm,
        9 * mm,
        f"Side {document.page}",  # type: ignore[attr-defined]
    )
