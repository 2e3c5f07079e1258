"""The paper of the report: fonts, styles, page heads and feet, tables that break over pages.

Fonts come as a folder, since they belong to whoever runs the report; both are embedded. Nothing
here asks a clock or draws chance: ``invariant`` documents of the same content are the same bytes.
"""

# pyright: reportUnknownMemberType=false
# (the paper library names no types)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from audit.medicinsk.report.drawing import BOLD, PLAIN
from audit.medicinsk.report.marks import DARK, GRID, INK, PALE, SOFT

WIDE, HIGH = A4
EDGE = 20 * mm
TOP, FOOT = 24 * mm, 20 * mm
ROOM = WIDE - 2 * EDGE


def register_fonts(folder: Path) -> None:
    """Make the two fonts known; ``folder`` holds DejaVuSansCondensed with its bold."""
    for name, file in ((PLAIN, "DejaVuSansCondensed"), (BOLD, "DejaVuSansCondensed-Bold")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / f"{file}.ttf")))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)


def _style(name: str, size: float, lead: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=PLAIN, fontSize=size, leading=lead, textColor=HexColor(INK), **more
    )


BODY = _style("body", 9.2, 13)
SMALL = _style("small", 8, 10.6)
SOFTLY = ParagraphStyle("softly", parent=SMALL, textColor=HexColor(SOFT))
CELL = _style("cell", 8, 10.2)
HEAD_CELL = ParagraphStyle("head-cell", parent=CELL, fontName=BOLD, fontSize=7.6)
FIGURE = ParagraphStyle("figure", parent=CELL, alignment=TA_RIGHT)
HEAD_FIGURE = ParagraphStyle("head-figure", parent=HEAD_CELL, alignment=TA_RIGHT)
TITLE = ParagraphStyle(
    "title", parent=BODY, fontName=BOLD, fontSize=26, leading=31, textColor=HexColor(DARK)
)
H1 = ParagraphStyle(
    *("h1",),
    parent=BODY,
    fontName=BOLD,
    fontSize=17,
    leading=22,
    textColor=HexColor(DARK),
    spaceAfter=6,
    spaceBefore=16,
)
H2 = ParagraphStyle(
    *("h2",), parent=BODY, fontName=BOLD, fontSize=12.5, leading=16, spaceBefore=10, spaceAfter=4
)
H3 = ParagraphStyle(
    *("h3",), parent=BODY, fontName=BOLD, fontSize=9.4, leading=13, spaceBefore=6, spaceAfter=2
)
LEDE = _style("lede", 10, 14.2)
LARGE = ParagraphStyle(
    *("large",), parent=BODY, fontName=BOLD, fontSize=18, leading=22, textColor=HexColor(DARK)
)


@dataclass(frozen=True, slots=True)
class Running:
    """What stands on every page: left and right above, left below; ``page_of`` is filled in."""

    above_left: str
    above_right: str
    below: str
    page_of: str


class Counted(Canvas):
    """Pages kept until their number is known, so that each says which of how many it is."""

    running: Running

    def __init__(self, *arguments: Any, **more: Any) -> None:
        # Or every page would name a font that is not embedded.
        super().__init__(*arguments, **{**more, "initialFontName": PLAIN})
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, kept in enumerate(self._kept, 1):
            self.__dict__.update(kept)
            self._run(number, len(self._kept))
            super().showPage()
        super().save()

    def _run(self, page: int, pages: int) -> None:
        running = self.running
        self.setFillColor(HexColor(SOFT))
        self.setStrokeColor(HexColor(GRID))
        self.setLineWidth(0.6)
        if page > 1:
            self.setFont(PLAIN, 8)
            right = fitted(running.above_right, 60 * mm, 8)
            self.drawString(EDGE, HIGH - 14 * mm, fitted(running.above_left, ROOM - 64 * mm, 8))
            self.drawRightString(WIDE - EDGE, HIGH - 14 * mm, right)
            self.line(EDGE, HIGH - 16 * mm, WIDE - EDGE, HIGH - 16 * mm)
        self.line(EDGE, 14.5 * mm, WIDE - EDGE, 14.5 * mm)
        self.setFont(PLAIN, 7)
        self.drawString(EDGE, 10.5 * mm, fitted(running.below, ROOM - 30 * mm, 7))
        self.setFont(PLAIN, 8)
        said = running.page_of % {"page": page, "pages": pages}
        self.drawRightString(WIDE - EDGE, 10.5 * mm, said)


def fitted(text: str, room: float, size: float, font: str = PLAIN) -> str:
    """As much of a line as has room, measured, with an ellipsis."""
    if pdfmetrics.stringWidth(text, font, size) <= room:
        return text
    kept = text
    while kept and pdfmetrics.stringWidth(kept + "…", font, size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


class Paper(BaseDocTemplate):
    """A4 with a table of contents, bookmarks by fixed names, and nothing of when it was made."""

    def __init__(self, out: BytesIO, title: str) -> None:
        super().__init__(
            out,
            pagesize=A4,
            leftMargin=EDGE,
            rightMargin=EDGE,
            topMargin=TOP,
            bottomMargin=FOOT,
            title=title,
            author="",
            subject="",
            creator="",
            producer="",
            invariant=1,
            lang="da-DK",
            initialFontName=PLAIN,
        )
        frame = Frame(EDGE, FOOT, ROOM, HIGH - TOP - FOOT, 0, 0, 0, 0, id="page")
        first = Frame(EDGE, FOOT, ROOM, HIGH - FOOT - 16 * mm, 0, 0, 0, 0, id="first")
        self.addPageTemplates([PageTemplate("first", [first]), PageTemplate("page", [frame])])

    def afterFlowable(self, flowable: Flowable) -> None:
        """Headings make their bookmark and their line in the contents."""
        heading = getattr(flowable, "heading", None)
        if heading is None:
            return
        level, text, key = heading
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level, closed=level > 0)
        self.notify("TOCEntry", (level, escape(text), self.page, key))


def heading(text: str, level: int, key: str) -> Paragraph:
    """A heading of the contents; ``key`` is its fixed name."""
    made = Paragraph(escape(text), (H1, H2)[level])
    made.heading = (level, text, key)  # type: ignore[attr-defined]
    made.keepWithNext = 1
    return made


def contents() -> TableOfContents:
    """The table of contents, filled by the second pass."""
    made = TableOfContents()
    made.dotsMinLevel = 0
    made.tableStyle = ruled(
        ("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.4)
    )
    made.levelStyles = [
        ParagraphStyle(
            "toc-0", parent=BODY, fontName=BOLD, fontSize=9.4, leading=13, spaceBefore=2
        ),
        ParagraphStyle("toc-1", parent=BODY, leftIndent=14, fontSize=9, leading=11.6),
    ]
    return made


def ruled(*commands: tuple[Any, ...]) -> TableStyle:
    """A table's style; the font of empty cells is ours as well, or another one would be named."""
    return TableStyle([("FONTNAME", (0, 0), (-1, -1), PLAIN), *commands])


def words(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Plain words, escaped."""
    return Paragraph(escape(text), style)


def table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    words_in: frozenset[int] = frozenset({0}),
) -> LongTable:
    """A table whose heading repeats; columns not in ``words_in`` are figures, set to the right."""
    head = [
        Paragraph(escape(text), HEAD_CELL if at in words_in else HEAD_FIGURE)
        for at, text in enumerate(headings)
    ]
    body = [
        [Paragraph(escape(text), CELL if at in words_in else FIGURE) for at, text in enumerate(row)]
        for row in rows
    ]
    made = LongTable([head, *body], colWidths=list(widths), repeatRows=1, hAlign="LEFT")
    made.setStyle(
        ruled(
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("BACKGROUND", (0, 0), (-1, 0), HexColor(PALE)),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, HexColor(INK)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, HexColor(GRID)),
            ("TOPPADDING", (0, 0), (-1, -1), 2.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        )
    )
    return made


def spread_widths(columns: int, first: float = 0.36) -> list[float]:
    """Widths of a table of one column of words and figures beside it."""
    if columns == 1:
        return [ROOM]
    if columns == 7:
        return [ROOM * part for part in (0.31, 0.09, 0.17, 0.09, 0.1, 0.07, 0.17)]
    if columns == 8:
        return [ROOM * part for part in (0.25, 0.07, 0.09, 0.11, 0.155, 0.155, 0.09, 0.08)]
    return [ROOM * first, *[ROOM * (1 - first) / (columns - 1)] * (columns - 1)]
