"""Numbers a person copies from paper: serial numbers and rows, each with a check digit.

The digit (Damm) finds every single wrong digit and every two neighbours swapped. A row's digit is
worked out over its list's serial number too, so that a row of another list rarely fits.
"""

from stdnum import damm
from stdnum.exceptions import ValidationError

LONGEST_SERIAL = 12
MOST_ROWS = 999


def serial_text(serial: int) -> str:
    """``N-1013``: the serial number with its check digit."""
    return f"N-{serial}{damm.calc_check_digit(str(serial))}"


def serial_from(typed: str) -> int | None:
    """The serial number of what was typed or scanned, or None when the digits do not fit."""
    digits = typed.strip().upper().removeprefix("N").lstrip("-").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or not 2 <= len(digits) <= LONGEST_SERIAL:
        return None
    return int(digits[:-1]) if _fits(digits) and digits[0] != "0" else None


def row_check(serial: int, row_no: int) -> int:
    """The check digit of a row of a list."""
    return int(damm.calc_check_digit(f"{serial}{row_no:03d}"))


def row_text(serial: int, row_no: int) -> str:
    """``17-4``: row and check digit as printed."""
    return f"{row_no}-{row_check(serial, row_no)}"


def row_from(serial: int, typed: str) -> int | None:
    """The row that ``17-4`` or ``174`` means on a list, or None when the digits do not fit."""
    digits = typed.strip().replace("-", "").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or not 2 <= len(digits) <= 4:
        return None
    row_no, check = int(digits[:-1]), int(digits[-1])
    if not 1 <= row_no <= MOST_ROWS or row_check(serial, row_no) != check:
        return None
    return row_no


def _fits(digits: str) -> bool:
    try:
        damm.validate(digits)
    except ValidationError:
        return False
    return True
