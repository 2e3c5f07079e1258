"""What a scanner reads from a package: the GS1 code with product, batch, expiry and serial number.

A scanner that plays a keyboard cannot type the sign that ends a field (GS, 0x1d). Each make writes
something else in its place; those are read as what they stand for.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from stdnum import gs1_128
from stdnum.exceptions import ValidationError

from dispensing.errors import Unprocessable

GROUP_END = "\x1d"
# What scanners and their settings write for GS, as their manuals print it.
STANDS_FOR_GROUP_END = re.compile(r"\x1d|<GS>|\[GS\]|\{GS\}|\{FNC1\}|<F1>|\\x1d|\^\]|␝|\||~", re.I)
# Symbology identifiers before the data: DataMatrix (d8: oblong), GS1-128, QR, DataBar.
SYMBOLOGY = re.compile(r"^\](d2|d8|C1|Q3|e0)")
PLAIN_LOT = re.compile(r"[!-~]{1,20}")
LONGEST_CODE = 200


@dataclass(frozen=True, slots=True)
class ScannedPackage:
    """A package as its code names it. ``gtin`` has 14 digits."""

    gtin: str
    lot: str
    expires_on: date
    serial: str | None


def read_package(code: str) -> ScannedPackage:
    """The package behind a scanned code.

    Raises Unprocessable (``not-a-package-code``, ``package-code-incomplete``) for a code that
    cannot be read whole: what is not read is never guessed.
    """
    if not 0 < len(code) <= LONGEST_CODE:
        raise Unprocessable("scan the square code of the package", slug="not-a-package-code")
    text = SYMBOLOGY.sub("", STANDS_FOR_GROUP_END.sub(GROUP_END, code.strip(" \r\n\t")))
    try:
        found = gs1_128.info(text, separator=GROUP_END)
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise Unprocessable(
            "this is no GS1 code of a package: scan its square code", slug="not-a-package-code"
        ) from None
    return _package(found)


def _package(found: dict[str, object]) -> ScannedPackage:
    gtin, lot, expires = found.get("01"), found.get("10"), found.get("17")
    missing = [
        name
        for name, value in (("GTIN (01)", gtin), ("batch (10)", lot), ("expiry (17)", expires))
        if not value
    ]
    if missing:
        raise Unprocessable(
            f"the code does not tell {', '.join(missing)}", slug="package-code-incomplete"
        )
    serial = found.get("21")
    if isinstance(expires, datetime) or not isinstance(expires, date):
        raise Unprocessable("the expiry is no day", slug="not-a-package-code")
    # A field whose end was lost swallows the next one: better nothing than a wrong batch.
    for word in (str(lot), *([str(serial)] if serial else [])):
        if not PLAIN_LOT.fullmatch(word):
            raise Unprocessable("batch or serial cannot be read", slug="not-a-package-code")
    return ScannedPackage(str(gtin), str(lot), expires, str(serial) if serial else None)
