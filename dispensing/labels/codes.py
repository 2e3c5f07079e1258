"""The code of a label: eighty random bits and a check character. It says nothing about anything.

Written with the thirty-two signs of Crockford's alphabet (no I, L, O, U), so that it can be read
aloud; the check character is ISO 7064's hybrid system over that alphabet (python-stdnum).
"""

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BYTES = 10
SIGNS = RANDOM_BYTES * 8 // 5
# What a scanner types before the code, as K- for cards and B- for bottles.
PREFIX = "H-"
_MISREAD = str.maketrans("ILO", "110")


class NotALabelCode(ValueError):
    """The text is no code of a label, or one sign of it is wrong. Repeats nothing of it."""


def new_code(drawn: bytes) -> str:
    """The code of ten random bytes: sixteen signs and the check character."""
    if len(drawn) != RANDOM_BYTES:
        raise ValueError(f"{RANDOM_BYTES} random bytes")
    number = int.from_bytes(drawn)
    signs = "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (SIGNS - 1), -1, -5))
    return signs + mod_37_36.calc_check_digit(signs, ALPHABET)


def read_code(text: str) -> str:
    """A code as scanned or typed, with or without prefix and spaces. Raises NotALabelCode."""
    signs = text.strip().upper().removeprefix(PREFIX)
    signs = signs.replace(" ", "").replace("-", "").translate(_MISREAD)
    if len(signs) != SIGNS + 1 or not set(signs) <= set(ALPHABET):
        raise NotALabelCode(f"a label's code has {SIGNS + 1} letters and digits")
    try:
        return mod_37_36.validate(signs, ALPHABET)
    except ValidationError:
        raise NotALabelCode("a sign of the code is wrong: read it again") from None


def is_label_scan(text: str) -> bool:
    """Whether a scanner read a label, rather than a card or a bottle."""
    return text.upper().startswith(PREFIX)


def printed_code(code: str) -> str:
    """For people, in fours: ``H-ABCD EFGH JKMN PQRS T``."""
    return PREFIX + " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def scanned_code(code: str) -> str:
    """What the QR code holds and a scanner types."""
    return PREFIX + code
