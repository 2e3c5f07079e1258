"""Text fitted into a box: wrapped, then made smaller within bounds, and never clipped.

Both the PDF and the bitmap for label printers are drawn from the places found here, so that they
cannot say different things. Lengths in points, y upwards from the lower edge of the box's page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from dispensing.web import render

FONTS = Path(render.__file__).parent / "fonts"
PLAIN, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
LEAD = 1.1
# How far below its line a letter reaches, as a share of its size.
DESCENT = 0.24
STEPS = 20
# Longer than anything that fits: refused before it is measured letter by letter.
MOST_SIGNS = 600


class DoesNotFit(ValueError):
    """The texts have no room even at their least size, or a sign is in no font of ours."""


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph, as large as ``most`` and no smaller than ``least`` points.

    ``above`` is the air before it, which goes first where room is short.
    """

    text: str
    most: float
    least: float
    bold: bool = False
    above: float = 0


@dataclass(frozen=True, slots=True)
class Box:
    """Where texts go: left, lower edge, width, height."""

    x: float
    y: float
    wide: float
    high: float


@dataclass(frozen=True, slots=True)
class Placed:
    """One line: where its baseline begins, its size, its words."""

    x: float
    y: float
    size: float
    bold: bool
    text: str


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make the embedded fonts known to reportlab, once."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))


def font(bold: bool) -> str:
    """The font's name."""
    return BOLD if bold else PLAIN


def width(text: str, size: float, bold: bool) -> float:
    """How wide a line is, in points."""
    return float(pdfmetrics.stringWidth(text, font(bold), size))


def fit(texts: Sequence[Text], box: Box) -> tuple[Placed, ...]:
    """The lines of all texts in the box, from its top. Raises DoesNotFit."""
    register_fonts()
    for text in texts:
        _must_be_drawable(text)
    for step in range(STEPS + 1):
        share = 1 - step / STEPS
        sized = [(text, text.least + share * (text.most - text.least)) for text in texts]
        lines = [
            (text, size, _wrapped(text, size, box.wide, step == STEPS)) for text, size in sized
        ]
        if all(wrapped is not None for _, _, wrapped in lines):
            placed = _placed([(t, s, w or []) for t, s, w in lines], box, share)
            if placed is not None:
                return placed
    raise DoesNotFit("the text has no room on the label")


def _placed(
    lines: Sequence[tuple[Text, float, Sequence[str]]], box: Box, share: float
) -> tuple[Placed, ...] | None:
    y = box.y + box.high
    placed: list[Placed] = []
    for text, size, wrapped in lines:
        y -= text.above * share if placed else 0
        for line in wrapped:
            y -= size * LEAD
            placed.append(Placed(box.x, y + size * DESCENT, size, text.bold, line))
    return tuple(placed) if y >= box.y else None


def _must_be_drawable(text: Text) -> None:
    if len(text.text) > MOST_SIGNS:
        raise DoesNotFit("the text is too long for any label")
    known = pdfmetrics.getFont(font(text.bold)).face.charToGlyph
    if any(ord(sign) not in known for sign in text.text):
        raise DoesNotFit("a sign of the text is in no font of the label")


def _wrapped(text: Text, size: float, wide: float, last: bool) -> list[str] | None:
    """The text in lines no wider than ``wide``; None where a word is, unless it must be broken."""
    lines: list[str] = []
    line = ""
    for word in _words(text.text):
        if width((line + word).rstrip(" "), size, text.bold) <= wide:
            line += word
            continue
        if line:
            lines.append(line.rstrip(" "))
        line = word
        if width(word.rstrip(" "), size, text.bold) > wide:
            if not last:
                return None
            *whole, line = _broken(word, size, wide, text.bold)
            lines += whole
    return [*lines, line.rstrip(" ")] if line.strip() else lines


def _words(text: str) -> list[str]:
    """Words with the space or hyphen after them; a no-break space keeps two together."""
    return re.findall(r"[^ \-]*(?:-| +|$)", text)


def _broken(word: str, size: float, wide: float, bold: bool) -> list[str]:
    """A word too long for a line, broken with hyphens; no letter is lost."""
    pieces, rest = [], word
    while width(rest.rstrip(" "), size, bold) > wide:
        cut = len(rest) - 1
        while cut > 1 and width(rest[:cut] + "-", size, bold) > wide:
            cut -= 1
        pieces.append(rest[:cut] + "-")
        rest = rest[cut:]
    return [*pieces, rest]
