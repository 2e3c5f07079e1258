"""A label as a scanner sees it: rendered as the printer's dots, damaged as thermal print is, read.

Reading is done by a decoder that shares nothing with what drew the code.
"""

import re
from collections.abc import Callable

import pypdfium2
import zxingcpp
from PIL import Image, ImageChops

WHITE = 255
Damage = Callable[[Image.Image], Image.Image]


def pages(document: bytes, dpi: int) -> list[Image.Image]:
    """Each page of a PDF as the dots of a printer that knows black and white alone."""
    with pypdfium2.PdfDocument(document) as pdf:
        return [
            page.render(scale=dpi / 72).to_pil().convert("L").point(lambda grey: 255 * (grey > 127))
            for page in pdf
        ]


def sent_dots(zpl: bytes) -> list[Image.Image]:
    """The graphic field of each label, unpacked from what is sent to the printer."""
    found = re.findall(rb"\^PW(\d+)\^LL(\d+).*?\^GFA,\d+,\d+,(\d+),([0-9A-F]+)\^FS", zpl)
    return [
        # In ZPL a set bit is black; the dots beyond the label's width fill the last byte.
        Image.frombytes("1", (int(row) * 8, int(high)), bytes.fromhex(data.decode()), "raw", "1;I")
        .convert("L")
        .crop((0, 0, int(wide), int(high)))
        for wide, high, row, data in found
    ]


def read(picture: Image.Image) -> list[tuple[str, str]]:
    """Symbology and content of every code in the picture."""
    found = zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain)
    return [(code.symbology_identifier[:2], code.text) for code in found]


def _moved(picture: Image.Image, right: int, down: int) -> Image.Image:
    moved = Image.new("L", picture.size, WHITE)
    moved.paste(picture, (right, down))
    return moved


def slipped(picture: Image.Image) -> Image.Image:
    """The paper slips sideways by a dot at every eleventh line, back and forth."""
    torn, (wide, high) = picture.copy(), picture.size
    for top in range(0, high, 22):
        band = (0, top, wide, min(top + 11, high))
        torn.paste(_moved(picture, 1, 0).crop(band), band)
    return torn


def pale(picture: Image.Image) -> Image.Image:
    """A worn head on grey paper: a fifth of the contrast is left."""
    return picture.point(lambda grey: 180 if grey > 127 else 130)


def skewed(picture: Image.Image) -> Image.Image:
    """Stuck on crooked, two degrees."""
    return picture.rotate(2, Image.Resampling.BILINEAR, expand=True, fillcolor=WHITE)


def too_hot(picture: Image.Image) -> Image.Image:
    """Each dot burns one more beside it and one below."""
    wider = ImageChops.darker(picture, _moved(picture, 1, 0))
    return ImageChops.darker(wider, _moved(wider, 0, 1))


def dead_dot(picture: Image.Image) -> Image.Image:
    """One dot of the head is dead: a white line along the whole label, through the code."""
    scratched = picture.copy()
    across = picture.width - picture.height // 3
    scratched.paste(WHITE, (across, 0, across + 1, picture.height))
    return scratched


def worn(picture: Image.Image) -> Image.Image:
    """All of it at once, as the label that a tired printer makes on a Friday."""
    return skewed(pale(slipped(picture)))


DAMAGES: tuple[Damage, ...] = (slipped, pale, skewed, too_hot, dead_dot, worn)
