"""The emergency list as PDF: A4 landscape, Danish, readable in grey, the fonts embedded.

The same rows give the same bytes, so that the hash kept with the list can be checked later.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from dispensing.clock import local_time_text, zone_named
from dispensing.downtime.codes import row_text, serial_text
from dispensing.downtime.rows import PAPER, PaperRow
from dispensing.web import render
from dispensing.web.formats import day_and_date, milligrams, weekday

FONTS = Path(render.__file__).parent / "fonts"
PLAIN, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
WIDE, HIGH = landscape(A4)
EDGE = 10 * mm
TOP, BOTTOM = 30 * mm, 19 * mm
SIZE, LEAD = 8.0, 10.4
# What must be read at arm's length: the row, the name, the amounts.
LARGE = 10.0
PAD = 1.2 * mm
LEAST_ROW = 9.6 * mm
GREY, RULE = 0.90, 0.45

# Columns of those to give from paper: title and width in millimetres; the last four are blank.
GIVE = (
    *(("Række", 14), ("Navn · født", 46), ("Præparat, styrke", 33), ("GIV mg", 24), ("= ml", 17)),
    *(("Med hjem", 26), ("Sidst", 27), ("Pas på", 46)),
    *(("Kl.", 11), ("ml", 11), ("Init.", 11), ("Vidne", 11)),
)
NOT = (
    *(("Række", 14), ("Navn · født", 52), ("Præparat, styrke", 36), ("Hvorfor ikke", 78)),
    *(("Vej videre", 70), ("Sidst", 27)),
)


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What stands on every page. ``checkpoint`` is (entries, first sixteen hex of the hash)."""

    serial: int
    unit_name: str
    phone: str | None
    for_day: date
    made_at: datetime
    valid_from: datetime
    valid_until: datetime
    zone: str
    checkpoint: tuple[int, str]


@lru_cache(maxsize=1)
def _register() -> None:
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))


def sheet_pdf(head: SheetHead, rows: Sequence[PaperRow]) -> bytes:
    """The list as PDF bytes."""
    _register()
    pages = _paged([row for row in rows if row.may_give], [r for r in rows if not r.may_give], head)
    target = io.BytesIO()
    canvas = Canvas(
        target,
        pagesize=(WIDE, HIGH),
        invariant=1,
        pageCompression=1,
        initialFontName=PLAIN,
    )
    canvas.setTitle(f"Nødliste {serial_text(head.serial)}")
    canvas.setAuthor("")
    canvas.setSubject("")
    for number, page in enumerate(pages, start=1):
        _frame(canvas, head, number, len(pages), len(rows))
        _table(canvas, page)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class _Line:
    """A row broken into lines: per column its lines, each with whether it is bold."""

    cells: tuple[tuple[tuple[str, bool], ...], ...]
    high: float


@dataclass(frozen=True, slots=True)
class _Page:
    title: str
    columns: tuple[tuple[str, int], ...]
    lines: tuple[_Line, ...]
    give: bool


def _paged(give: list[PaperRow], others: list[PaperRow], head: SheetHead) -> list[_Page]:
    pages: list[_Page] = []
    for rows, columns, title, to_give in (
        (give, GIVE, "Må gives fra papir: kun den dosis, der står her", True),
        (others, NOT, "IKKE fra papir", False),
    ):
        room = HIGH - TOP - BOTTOM - 12 * mm
        page: list[_Line] = []
        used = 0.0
        for row in rows:
            line = _broken(row, head, columns, to_give)
            if page and used + line.high > room:
                pages.append(_Page(title, columns, tuple(page), to_give))
                page, used = [], 0.0
            page.append(line)
            used += line.high
        if page:
            pages.append(_Page(title, columns, tuple(page), to_give))
    return pages or [_Page("Ingen at give i dag", GIVE, (), True)]


def _broken(
    row: PaperRow, head: SheetHead, columns: Sequence[tuple[str, int]], give: bool
) -> _Line:
    texts = _give_cells(row, head) if give else _not_cells(row, head)
    cells = []
    for (_, width), parts in zip(columns, texts, strict=True):
        lines: list[tuple[str, bool]] = []
        for text, bold in parts:
            room = width * mm - 2 * PAD
            lines += [(one, bold) for one in simpleSplit(text, *_font(bold), room)]
        cells.append(tuple(lines))
    most = max(len(lines) for lines in cells)
    least = LEAST_ROW if give else 0
    return _Line(tuple(cells), max(least, most * LEAD + 2 * PAD))


Cell = list[tuple[str, bool]]


def _font(bold: bool) -> tuple[str, float]:
    return (BOLD, LARGE) if bold else (PLAIN, SIZE)


def _give_cells(row: PaperRow, head: SheetHead) -> list[Cell]:
    here = [dose for dose in row.doses if dose[3] == "supervised"]
    home = [dose for dose in row.doses if dose[3] == "take_home"]
    amount: Cell = [(milligrams(dose[2], PAPER), True) for dose in here] or [("intet her", False)]
    if here:
        amount.append(("drikkes her" if row.volume.endswith("ml") else "tages her", False))
    return [
        [(row_text(head.serial, row.row_no), True)],
        _who(row),
        [(row.product, False), (row.strength, True)],
        amount,
        [(row.volume, True)] if here or home else [],
        [(f"{day_and_date(dose[0], PAPER)} {milligrams(dose[2], PAPER)}", True) for dose in home],
        _last(row, head),
        [(sign, False) for sign in row.signs],
        [],
        [],
        [],
        [],
    ]


def _not_cells(row: PaperRow, head: SheetHead) -> list[Cell]:
    return [
        [(row_text(head.serial, row.row_no), True)],
        _who(row),
        [(row.product, False), (row.strength, True)],
        [(sign, False) for sign in row.signs],
        [(row.way_on, False)],
        _last(row, head),
    ]


def _who(row: PaperRow) -> Cell:
    born = f"f. {row.born_on:%d-%m-%Y}"
    return [
        (row.name, True),
        (f"{born} · ret her: ja" if row.right_here else f"{born} · ret her: NEJ", False),
    ]


def _last(row: PaperRow, head: SheetHead) -> Cell:
    if row.last_at is None:
        return [("ukendt", False)]
    local = row.last_at.astimezone(zone_named(head.zone))
    amount = milligrams(row.last_ug, PAPER) if row.last_ug is not None else "ukendt"
    when = f"{day_and_date(local.date(), PAPER)} {local_time_text(row.last_at, head.zone)}"
    return [(when, False), (amount, False)]


def _frame(canvas: Canvas, head: SheetHead, number: int, of: int, people: int) -> None:
    """Head and foot of a page."""
    serial = serial_text(head.serial)
    canvas.setFillGray(0)
    canvas.setFont(BOLD, 17)
    day = f"{weekday(head.for_day, PAPER)} {head.for_day:%d-%m-%Y}"
    canvas.drawString(EDGE, HIGH - 14 * mm, f"NØDLISTE · {day}")
    canvas.setFont(PLAIN, 9)
    phone = f" · tlf. {head.phone}" if head.phone else ""
    canvas.drawString(EDGE, HIGH - 19 * mm, f"{head.unit_name}{phone} · {people} personer")
    canvas.setFont(BOLD, 9)
    gives = f"Gælder {_when(head.valid_from, head)} til {_when(head.valid_until, head)}"
    canvas.drawString(EDGE, HIGH - 23.5 * mm, f"{gives}. Derefter: giv intet efter denne liste.")
    bars = Code128(serial, barHeight=9 * mm, barWidth=0.33 * mm, humanReadable=False)
    bars.drawOn(canvas, WIDE - EDGE - bars.width + 5 * mm, HIGH - 17 * mm)
    canvas.setFont(BOLD, 12)
    canvas.drawRightString(WIDE - EDGE, HIGH - 22 * mm, f"{serial}   side {number}/{of}")
    canvas.setFont(PLAIN, 7.5)
    seq, digest = head.checkpoint
    made = f"Lavet {_when(head.made_at, head)} · hovedbog {seq} · {digest}"
    canvas.drawRightString(WIDE - EDGE, HIGH - 25.5 * mm, made)
    foot = (
        "1 Spørg om navn og fødselsdato.  2 Påvirket, eller står personen ikke her: giv intet, ring"
        " lægen.  3 Læs mg, styrke og ml højt for vidnet. Aldrig en anden dosis.",
        "4 Skriv kl., ml, initialer og vidne med det samme. Streg rækken, hvis ingen kommer."
        "  5 Gem alle sider: hver række tastes ind bagefter, også de tomme.",
        "Ring 112 og giv naloxon ved åndedrætsbesvær. Ingen sider må kopieres eller tages med ud.",
    )
    canvas.setFont(PLAIN, 8)
    for step, line in enumerate(foot):
        canvas.drawString(EDGE, BOTTOM - 4 * mm - step * 3.9 * mm, line)


def _when(at: datetime, head: SheetHead) -> str:
    local = at.astimezone(zone_named(head.zone))
    return f"{local:%d-%m} kl. {local_time_text(at, head.zone)}"


def _table(canvas: Canvas, page: _Page) -> None:
    y = HIGH - TOP
    canvas.setFont(BOLD, 10)
    canvas.drawString(EDGE, y, page.title)
    y -= 3 * mm
    high = 5.5 * mm
    wide = sum(width for _, width in page.columns) * mm
    canvas.setFillGray(0.8)
    canvas.rect(EDGE, y - high, wide, high, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont(BOLD, SIZE)
    x = EDGE
    for title, width in page.columns:
        canvas.drawString(x + PAD, y - high + 1.8 * mm, title)
        x += width * mm
    top = y
    y -= high
    canvas.setStrokeGray(RULE)
    canvas.setLineWidth(0.5)
    bottom = y
    for number, line in enumerate(page.lines):
        bottom -= line.high
        if number % 2:
            canvas.setFillGray(GREY + 0.05)
            canvas.rect(EDGE, bottom, wide, line.high, stroke=0, fill=1)
            canvas.setFillGray(0)
    for line in page.lines:
        _draw(canvas, page.columns, line, y)
        y -= line.high
        canvas.line(EDGE, y, EDGE + wide, y)
    x = EDGE
    for _, width in (*page.columns, ("", 0)):
        canvas.line(x, top, x, y)
        x += width * mm


def _draw(canvas: Canvas, columns: Sequence[tuple[str, int]], line: _Line, y: float) -> None:
    x = EDGE
    for (_, width), lines in zip(columns, line.cells, strict=True):
        for step, (text, bold) in enumerate(lines):
            canvas.setFont(*_font(bold))
            canvas.drawString(x + PAD, y - PAD - (step + 0.85) * LEAD, text)
        x += width * mm
