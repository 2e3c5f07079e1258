"""The label of one take-home dose, 62 × 29 mm: what it says, and where each line stands.

Danish only: it is what Danish law and a Danish household read. The code beside the text is random.
"""

from dataclasses import dataclass
from datetime import date

import segno
from reportlab.lib.units import mm

from dispensing.labels import dosage_text
from dispensing.labels.codes import printed_code, scanned_code
from dispensing.labels.dosage_text import Preparation
from dispensing.labels.fitting import Box, Placed, Text, fit
from dispensing.web.formats import NO_BREAK, milligrams

WIDE_MM, HIGH_MM = 62, 29
EDGE = 1.5 * mm
# Half a millimetre for each square: four dots of a 203 dpi label printer.
MODULE = 0.5 * mm
QUIET = 4
WARNING = "Kan være dødelig for andre, især børn. Opbevares låst."


@dataclass(frozen=True, slots=True)
class Label:
    """All that a label says. ``name`` is the person's, as a dispensed medicine must carry it.

    ``ledger``: the number of the entry that says it was printed, and how its hash begins. Every
    package at somebody's home is a receipt of the ledger.
    """

    code: str
    name: str
    product_name: str
    preparation: Preparation
    for_on: date
    amount_ug: int
    part: int
    of_parts: int
    expires_on: date
    lot: str
    unit_name: str
    phone: str | None
    ledger: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A label ready to draw: lines of text, and the squares of the QR code.

    ``dark`` are (column, row) of the dark squares, row 0 at the top; ``qr`` is its upper left
    corner, without the quiet zone.
    """

    lines: tuple[Placed, ...]
    dark: tuple[tuple[int, int], ...]
    squares: int
    qr: tuple[float, float]


def draw(label: Label) -> Drawing:
    """Where everything stands. Raises DoesNotFit rather than leave anything out."""
    matrix = segno.make_qr(scanned_code(label.code), error="m", boost_error=False).matrix
    squares = len(matrix)
    side = (squares + 2 * QUIET) * MODULE
    wide, high = WIDE_MM * mm, HIGH_MM * mm
    left = Box(EDGE, EDGE, wide - EDGE - side, high - 2 * EDGE)
    # Below the code, so that it can be read aloud when no scanner is at hand.
    below = Box(wide - side + MODULE, EDGE, side - 2 * MODULE, high - side - EDGE)
    lines = fit(texts(label), left) + fit(_beside(label), below)
    dark = tuple(
        (column, row)
        for row, modules in enumerate(matrix)
        for column, module in enumerate(modules)
        if module & 1
    )
    return Drawing(lines, dark, squares, (wide - side + QUIET * MODULE, high - QUIET * MODULE))


def texts(label: Label) -> tuple[Text, ...]:
    """The paragraphs beside the code, the most important the largest."""
    of = label.preparation
    day = dosage_text.day_in_words(label.for_on, "da")
    part = dosage_text.part_text(label.part, label.of_parts, "da")
    taken = dosage_text.way(of.form, "da")
    phone = f" · {_together(f'tlf. {label.phone}')}" if label.phone else ""
    poured = dosage_text.quantity(label.amount_ug, of, "da")
    return (
        Text(f"{day[0].upper()}{day[1:]}{' · ' + part if part else ''}", 10, 7.5, bold=True),
        Text(f"{milligrams(label.amount_ug, 'da')} = {poured}", 10, 7.5, bold=True),
        Text(f"{taken[0].upper()}{taken[1:]}. {_product(label)}", 7, 5.5),
        Text(label.name, 8, 6, bold=True),
        Text(WARNING, 6.5, 5.5, bold=True),
        Text(f"{label.unit_name}{phone}", 6.5, 5),
    )


def _beside(label: Label) -> tuple[Text, ...]:
    expires = f"{label.expires_on:%d.%m.%Y}"
    receipt = () if label.ledger is None else (Text("{}·{}".format(*label.ledger), 4.5, 4),)
    return (
        Text(printed_code(label.code), 5.5, 4.5),
        Text(f"Udløb {expires}", 5.5, 4.5, bold=True),
        Text(f"Lot {label.lot}", 5.5, 4.5),
        *receipt,
    )


def _product(label: Label) -> str:
    """The preparation with its strength, which its name may hold already."""
    of = label.preparation
    strength = milligrams(of.strength_ug, "da") + ("/ml" if of.per == "ml" else "")
    named = _together(strength) in _together(label.product_name)
    return label.product_name if named else f"{label.product_name} · {strength}"


def _together(text: str) -> str:
    """The text with its words kept on one line."""
    return text.replace(" ", NO_BREAK)
