"""The register on paper: every word that was signed stands on it, however long it is."""

import io
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from dispensing.stock.measures import Measure
from dispensing.stock.register import Moved, Period, Register
from dispensing.stock.register_files import register_pdf

DAY = date(2026, 4, 3)
AT = datetime(2026, 4, 3, 8, tzinfo=UTC)
WORDS = [f"ord{number:03d}" for number in range(285)]


def register(*notes: str) -> Register:
    lines = tuple(
        Moved(AT, "destroyed", 0, 1_000, 0, "LOT", "FLASKE", "", "E. Friis", "A. Holm", note)
        for note in notes
    )
    measure = Measure("ml", 1_000)
    period = Period("metadon-1", DAY, DAY)
    names = ("Enheden", "Europe/Copenhagen", "Metadon 1 mg/ml")
    return Register(period, *names, measure, None, 0, 0, lines, (), AT, "E. Friis")


def lowest(page: object) -> float:
    """How far down the page the lowest text stands, in points from the lower edge."""
    heights: list[float] = []

    def seen(text: str, _cm: object, matrix: list[float], _font: object, _size: object) -> None:
        if text.strip():
            heights.append(matrix[5])

    page.extract_text(visitor_text=seen)  # type: ignore[attr-defined]
    return min(heights)


@pytest.mark.parametrize("before", [0, 30])
def test_a_row_longer_than_a_page_goes_on_overleaf(before: int) -> None:
    """H23: a reason of 2,000 characters is on the paper whole, each word above the edge."""
    note = " ".join(WORDS)
    assert len(note) > 1_990
    paper = register_pdf(register(*["kort"] * before, note, "den næste"))
    pdf = PdfReader(io.BytesIO(paper))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert [word for word in WORDS if word not in text] == []
    assert "den næste" in text
    assert all(lowest(page) >= 16 for page in pdf.pages)
    assert text.count("Bemærkning") == len(pdf.pages)


def test_a_row_that_fits_stays_whole() -> None:
    """A row that a page can hold is never divided between two."""
    notes = [f"begynder{number} {'og så videre ' * 20} slutter{number}." for number in range(20)]
    pdf = PdfReader(io.BytesIO(register_pdf(register(*notes))))
    pages = [page.extract_text() for page in pdf.pages]
    assert len(pages) > 2
    for number in range(20):
        assert any(f"begynder{number} " in page and f"slutter{number}." in page for page in pages)
