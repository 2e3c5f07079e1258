"""The register as a table for a spreadsheet and as paper. Same figures, same order, same words.

CSV: UTF-8 with a byte order mark, semicolons, decimal commas: what Danish spreadsheets open by a
double click. A text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
import io
from datetime import date
from functools import lru_cache
from pathlib import Path

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from dispensing.clock import zone_named
from dispensing.stock.measures import measured_text, signed_mg
from dispensing.stock.register import Differed, Moved, Register
from dispensing.web import render
from dispensing.web.navigation import N_
from dosing_rules.amounts import mg_text

KIND_WORDS = {
    "received": N_("Modtaget fra leverandør"),
    "opened": N_("Åbnet ved skranke"),
    "moved": N_("Flyttet mellem skabe"),
    "sent": N_("Sendt til anden enhed"),
    "arrived": N_("Modtaget fra anden enhed"),
    "broken": N_("Gået i stykker"),
    "destroyed": N_("Destrueret"),
    "returned": N_("Returneret af person"),
    "rest": N_("Rest i glas"),
    "adjusted": N_("Rettet efter forklaring"),
    "explained": N_("Forklaret, ikke rettet"),
    "poured": N_("Udleveret"),
    "poured_back": N_("Hældt tilbage"),
    "reversed": N_("Tilbageført udlevering"),
}
HEADINGS = (
    *("Dato", "Tid", "Art", "Ind (mg)", "Ud (mg)", "Beholdning (mg)", "Batch", "Flaske"),
    *("Til/fra", "Af", "Vidne", "Bemærkning"),
)
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_FONTS = Path(render.__file__).parent / "fonts"
_FONT, _BOLD = "Register", "Register-Bold"
_SIZE, _LINE, _MARGIN = 7.5, 10.0, 28.0
_FOOT = 30.0
#: Left edges of the columns on A4 across, in points; numbers end at theirs.
_WIDTHS = (46, 28, 88, 58, 58, 66, 62, 46, 108, 66, 66, 94)
_NUMBERS = frozenset({3, 4, 5})


def day_text(day: date) -> str:
    """``25-11-2026``"""
    return f"{day:%d-%m-%Y}"


def _cells(line: Moved, zone: str) -> list[str]:
    local = line.at.astimezone(zone_named(zone))
    return [
        day_text(local.date()),
        f"{local:%H:%M}",
        KIND_WORDS[line.kind],
        mg_text(line.in_ug) if line.in_ug else "",
        mg_text(line.out_ug) if line.out_ug else "",
        signed_mg(line.balance_ug),
        line.lot,
        line.bottles,
        line.party,
        line.by_name,
        line.witness_name,
        line.note,
    ]


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def register_csv(register: Register) -> bytes:
    """The register for a spreadsheet: opening, every line, closing."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    first, last = day_text(register.period.from_on), day_text(register.period.to_on)

    def total(day: str, words: str, balance_ug: int) -> list[str]:
        return [day, "", words, "", "", signed_mg(balance_ug), *[""] * 6]

    writer.writerow(total(first, "Primo", register.opening_ug))
    for line in register.lines:
        cells = _cells(line, register.zone)
        # Numbers are ours and may be negative; every text may have been typed by somebody.
        writer.writerow(
            [cell if place in _NUMBERS else _harmless(cell) for place, cell in enumerate(cells)]
        )
    writer.writerow(total(last, "Ultimo", register.closing_ug))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


@lru_cache(maxsize=1)
def _fonts() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, str(_FONTS / "DejaVuSansCondensed.ttf")))
    pdfmetrics.registerFont(TTFont(_BOLD, str(_FONTS / "DejaVuSansCondensed-Bold.ttf")))


class _Counted(Canvas):
    """Pages kept until their number is known, so that each says which of how many it is."""

    def __init__(self, *arguments: object, **more: object) -> None:
        super().__init__(*arguments, **more)  # type: ignore[arg-type]
        self._kept: list[dict[str, object]] = []

    def showPage(self) -> None:
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        count = len(self._kept)
        for number, kept in enumerate(self._kept, 1):
            self.__dict__.update(kept)
            self.setFont(_FONT, _SIZE)
            width, _ = landscape(A4)
            self.drawRightString(width - _MARGIN, 16, f"Side {number} af {count}")
            super().showPage()
        super().save()


class _Sheet:
    """Writes lines from the top; a full page ends, and the next begins with its heading."""

    def __init__(self, register: Register, out: io.BytesIO) -> None:
        _fonts()
        self.register = register
        # The same figures give the same bytes.
        self.canvas = _Counted(out, pagesize=landscape(A4), invariant=1, initialFontName=_FONT)
        self.canvas.setTitle(f"Regnskab {register.product_name}")
        self.canvas.setAuthor(register.unit_name)
        self.width, self.height = landscape(A4)
        self.top = self.height
        self._begin()

    def _begin(self) -> None:
        register, canvas = self.register, self.canvas
        y = self.height - 30
        canvas.setFont(_BOLD, 12)
        canvas.drawString(_MARGIN, y, "Regnskab over kontrollerede stoffer")
        canvas.drawRightString(self.width - _MARGIN, y, register.unit_name)
        canvas.setFont(_FONT, 9)
        batch = f", batch {register.lot}" if register.lot else ""
        period = register.period
        days = f"{day_text(period.from_on)} til {day_text(period.to_on)}"
        canvas.drawString(_MARGIN, y - 14, f"{register.product_name}{batch} · {days}")
        local = register.read_at.astimezone(zone_named(register.zone))
        printed = f"Udskrevet {day_text(local.date())} {local:%H:%M} af {register.read_by}"
        canvas.drawRightString(self.width - _MARGIN, y - 14, printed)
        canvas.setFont(_FONT, _SIZE)
        canvas.drawString(
            _MARGIN, 16, "Tallene er summen af bevægelserne; en bevægelse ændres aldrig."
        )
        self.y = y - 34
        self._row(list(HEADINGS), bold=True)
        canvas.setLineWidth(0.7)
        canvas.line(_MARGIN, self.y + 7, self.width - _MARGIN, self.y + 7)
        self.y -= 3
        self.top = self.y

    def _row(self, cells: list[str], bold: bool = False) -> None:
        font = _BOLD if bold else _FONT
        split = [
            simpleSplit(cell, font, _SIZE, width - 4) or [""]
            for cell, width in zip(cells, _WIDTHS, strict=True)
        ]
        height = max(len(words) for words in split) * _LINE
        if self.y - height < _FOOT and self.y < self.top:
            self._next_page()
        # What is longer than a page goes on overleaf: no word of a record falls off the paper.
        while any(split):
            fits = max(1, int((self.y - _FOOT) // _LINE))
            self._draw([words[:fits] for words in split], font)
            split = [words[fits:] for words in split]
            if any(split):
                self._next_page()

    def _next_page(self) -> None:
        self.canvas.showPage()
        self._begin()

    def _draw(self, split: list[list[str]], font: str) -> None:
        self.canvas.setFont(font, _SIZE)
        x = _MARGIN
        for place, (words, width) in enumerate(zip(split, _WIDTHS, strict=True)):
            for number, text in enumerate(words):
                y = self.y - number * _LINE
                if place in _NUMBERS:
                    self.canvas.drawRightString(x + width - 8, y, text)
                else:
                    self.canvas.drawString(x, y, text)
            x += width
        self.y -= max(len(words) for words in split) * _LINE

    def total(self, words: str, balance_ug: int, in_ug: int = 0, out_ug: int = 0) -> None:
        measured = measured_text(balance_ug, self.register.measure)
        cells = ["", "", words, mg_text(in_ug) if in_ug else "", mg_text(out_ug) if out_ug else ""]
        self._row([*cells, signed_mg(balance_ug), *[""] * 5, f"= {measured}"], bold=True)

    def line(self, line: Moved) -> None:
        self._row(_cells(line, self.register.zone))

    def words(self, text: str, bold: bool = False) -> None:
        """A sentence across the page."""
        font = _BOLD if bold else _FONT
        for part in simpleSplit(text, font, 9, self.width - 2 * _MARGIN):
            if self.y < 40:
                self._next_page()
            self.canvas.setFont(font, 9)
            self.canvas.drawString(_MARGIN, self.y - 4, part)
            self.y -= 13

    def room_for(self, height: float) -> None:
        """What belongs together stands on one page."""
        if self.y < height:
            self._next_page()

    def end(self) -> None:
        self.canvas.showPage()
        self.canvas.save()


def difference_text(one: Differed, register: Register) -> str:
    """A counted difference in one sentence."""
    local = one.at.astimezone(zone_named(register.zone))
    difference, measure = one.counted_ug - one.book_ug, register.measure
    sign = "+" if difference > 0 else ""
    said = (
        f"{day_text(local.date())} {local:%H:%M} · optælling {one.count_id}, {one.place or ''}:"
        f" talt {measured_text(one.counted_ug, measure)},"
        f" regnskab {measured_text(one.book_ug, measure)},"
        f" forskel {sign}{signed_mg(difference)} mg. Talt af {one.by_name}. "
    )
    if one.kind is None:
        return said + "IKKE FORKLARET ENDNU."
    witness = f", vidne {one.witness_name}" if one.witness_name else ""
    return f"{said}{KIND_WORDS[one.kind]}{witness}: {one.reason}"


def register_pdf(register: Register) -> bytes:
    """The register on paper: A4 across, heading on each page, fonts embedded."""
    out = io.BytesIO()
    sheet = _Sheet(register, out)
    sheet.total("Primo", register.opening_ug)
    for line in register.lines:
        sheet.line(line)
    if not register.lines:
        sheet.words("Ingen bevægelser i perioden.")
    sheet.room_for(120)
    sheet.total("Ultimo", register.closing_ug, register.in_ug, register.out_ug)
    sheet.words("")
    sheet.words("Differencer ved optælling", bold=True)
    for one in register.differences:
        sheet.words(difference_text(one, register))
    if not register.differences:
        sheet.words("Ingen i perioden.")
    sheet.words("")
    sheet.words("Gennemgået: ______________________    Dato: ____________")
    sheet.end()
    return out.getvalue()
