"""What is printed is what a scanner reads: the codes read back by a decoder of another house."""

import random
from dataclasses import replace
from datetime import date
from functools import lru_cache

import pytest
import zxingcpp
from PIL import Image, ImageChops
from stdnum import ean

from dispensing.errors import Unprocessable
from dispensing.labels.codes import RANDOM_BYTES, new_code, read_code, scanned_code
from dispensing.labels.label import draw
from dispensing.labels.pdf import labels_pdf
from dispensing.labels.zpl import labels_zpl
from dispensing.stock.scan import ScannedPackage, read_package
from tests.labels.reading import DAMAGES, WHITE, Damage, pages, read, sent_dots
from tests.labels.test_label import LONGEST, ORDINARY

LABELS = [
    replace(like, code=new_code(random.Random(seed).randbytes(RANDOM_BYTES)))
    for seed in range(15)
    for like in (ORDINARY, LONGEST)
]


@lru_cache(maxsize=3)
def printed(printer: str) -> list[Image.Image]:
    """The labels as that printer makes them, drawn once for all tests."""
    if printer == "zpl-203":
        return sent_dots(labels_zpl(LABELS))
    return pages(labels_pdf(LABELS), int(printer.removeprefix("pdf-")))


PRINTERS = pytest.mark.parametrize("printer", ["pdf-203", "pdf-300", "zpl-203"])


@PRINTERS
def test_each_label_is_read_as_its_own_code(printer: str) -> None:
    """H16: one QR code on each label, and in it that label's code and nothing else."""
    for label, picture in zip(LABELS, printed(printer), strict=True):
        assert read(picture) == [("]Q", scanned_code(label.code))]


@PRINTERS
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_worn_label_is_read_right(printer: str, damage: Damage) -> None:
    """H16: a slip of the paper, pale, crooked, too hot, a dead dot: still that code."""
    for label, picture in zip(LABELS, printed(printer), strict=True):
        [(_, text)] = read(damage(picture))
        assert read_code(text) == label.code


@PRINTERS
def test_nothing_touches_the_code_or_leaves_the_label(printer: str) -> None:
    """H16: 62 × 29 mm in dots; four clear squares around the code, and a clear edge all round."""
    dots_per_mm = 300 / 25.4 if printer == "pdf-300" else 8
    square = 0.5 * dots_per_mm
    for label, picture in zip(LABELS, printed(printer), strict=True):
        assert picture.width == pytest.approx(62 * dots_per_mm, abs=1)
        assert picture.height == pytest.approx(29 * dots_per_mm, abs=1)
        edge = {
            picture.getpixel((x, y)) for x in (0, picture.width - 1) for y in range(picture.height)
        }
        edge |= {
            picture.getpixel((x, y)) for y in (0, picture.height - 1) for x in range(picture.width)
        }
        assert edge == {WHITE}
        # The code stands in the upper right corner; what is clear around it is cut out with it.
        side = draw(label).squares * square
        zone = picture.crop(
            (
                round(picture.width - side - 8 * square) + 1,
                0,
                picture.width,
                round(side + 8 * square) - 1,
            )
        )
        ink = ImageChops.invert(zone).getbbox()
        assert ink == pytest.approx(
            (4 * square, 4 * square, 4 * square + side, 4 * square + side), abs=2
        )


def number(item: int) -> str:
    """An article number of our own making with its check digit."""
    body = f"05700000{item:05d}"
    return body + ean.calc_check_digit(body)


def scanned(fields: str, symbology: zxingcpp.BarcodeFormat) -> tuple[str, str]:
    """The code of a package, drawn and read by the decoder: its symbology and its data."""
    drawn = zxingcpp.create_barcode(fields, symbology, gs1=True)
    [found] = zxingcpp.read_barcodes(Image.fromarray(drawn.to_image(scale=3)))
    return found.symbology_identifier, found.bytes.decode("ascii")


EXPIRY = date(2027, 12, 31)
PACKAGES = [
    # The order of the fields is the maker's; a serial number before others needs its end.
    ("(01){n}(17)271231(10)AB1234(21)XYZ987", ("AB1234", EXPIRY, "XYZ987")),
    ("(01){n}(21)XYZ987(17)271231(10)AB/12-34.5", ("AB/12-34.5", EXPIRY, "XYZ987")),
    ("(01){n}(10)17280101(17)271231", ("17280101", EXPIRY, None)),
    # No day of the month: the last one.
    ("(01){n}(17)280200(10)10(21)21", ("10", date(2028, 2, 29), "21")),
    # National number, making date, contents: known and of no use here.
    ("(01){n}(11)251231(17)271231(10)L(21)S(714)1234567", ("L", EXPIRY, "S")),
    # Short enough for an oblong symbol, which names itself otherwise (]d8).
    ("(01){n}(10)LOT(17)271231(21)17271231", ("LOT", EXPIRY, "17271231")),
]


@pytest.mark.parametrize(("fields", "meant"), PACKAGES)
@pytest.mark.parametrize("symbology", ["DataMatrix", "QRCode", "Code128"])
@pytest.mark.parametrize("end", ["\x1d", "<GS>", "|"])
def test_the_code_of_a_package_is_read_as_drawn(
    fields: str, meant: tuple[str, date, str | None], symbology: str, end: str
) -> None:
    """H08, H25: with the symbology before it or without, the start sent as a sign or not."""
    gtin = number(7)
    identifier, data = scanned(fields.format(n=gtin), getattr(zxingcpp.BarcodeFormat, symbology))
    typed = data.replace("\x1d", end)
    for before in ("", identifier, end, identifier + end):
        assert read_package(before + typed) == ScannedPackage(gtin, *meant)


def test_a_package_code_that_is_not_gs1_is_refused() -> None:
    """H25: the same signs in a code that is not marked as GS1 lack the ends of their fields."""
    fields = f"01{number(7)}10{'A' * 14}21{'9' * 8}17271231"
    drawn = zxingcpp.create_barcode(fields, zxingcpp.BarcodeFormat.DataMatrix)
    [found] = zxingcpp.read_barcodes(Image.fromarray(drawn.to_image(scale=3)))
    assert found.symbology_identifier == "]d1"
    with pytest.raises(Unprocessable):
        read_package(found.text)
