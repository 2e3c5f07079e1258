"""Labels in ZPL II for label printers of 203 dpi: the very lines of the PDF, as a bitmap.

A printer's own fonts have other widths, and not each has every letter; so that nothing can be
clipped or lost, the whole label travels as one graphic field (``^GFA``).
"""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm

from dispensing.labels.fitting import FONTS, font
from dispensing.labels.label import HIGH_MM, MODULE, WIDE_MM, Drawing, Label, draw

MEDIA_TYPE = "application/zpl"
DOTS_PER_MM = 8
# Drawn so many times larger, then made smaller: widths stay as they were measured.
FINER = 4
DOTS = DOTS_PER_MM / mm
# Darker than this, of 255, is printed: thin strokes survive.
INK = 150


def labels_zpl(labels: Sequence[Label]) -> bytes:
    """The labels in order, ASCII. Raises DoesNotFit before anything is drawn."""
    drawings = [draw(label) for label in labels]
    return "".join(_label(bitmap(drawing)) for drawing in drawings).encode("ascii")


def bitmap(drawing: Drawing) -> Image.Image:
    """The label as the printer's dots, black on white."""
    wide, high = WIDE_MM * DOTS_PER_MM, HIGH_MM * DOTS_PER_MM
    fine = Image.new("L", (wide * FINER, high * FINER), 255)
    pen = ImageDraw.Draw(fine)
    for line in drawing.lines:
        face = ImageFont.truetype(FONTS / f"{font(line.bold)}.ttf", line.size * DOTS * FINER)
        at = (line.x * DOTS * FINER, (high / DOTS - line.y) * DOTS * FINER)
        pen.text(at, line.text, fill=0, font=face, anchor="ls")
    dots = fine.resize((wide, high), Image.Resampling.BOX).point(lambda grey: 255 * (grey > INK))
    # The squares of the code straight on the dots: a blurred edge would be a wrong width.
    pen = ImageDraw.Draw(dots)
    left, top = round(drawing.qr[0] * DOTS), high - round(drawing.qr[1] * DOTS)
    side = round(MODULE * DOTS)
    for column, row in drawing.dark:
        x, y = left + column * side, top + row * side
        pen.rectangle((x, y, x + side - 1, y + side - 1), fill=0)
    return dots.convert("1", dither=Image.Dither.NONE)


def _label(dots: Image.Image) -> str:
    wide, high = dots.size
    row_bytes = (wide + 7) // 8
    # In ZPL a set bit is black, in the picture it is white; the width is whole bytes.
    data = bytes(byte ^ 0xFF for byte in dots.tobytes()).hex().upper()
    total = row_bytes * high
    return (
        f"^XA^CI28^PW{wide}^LL{high}^LH0,0^FO0,0^GFA,{total},{total},{row_bytes},{data}^FS"
        "^PQ1,0,0,N^XZ\n"
    )
