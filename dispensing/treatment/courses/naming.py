"""A person's name and birth date, as they may be kept."""

from datetime import date

from dispensing.errors import Unprocessable, has_cpr

FIRST_YEAR = 1900


def name_in(text: str, field: str) -> str:
    """A name with its spaces in order. Raises Unprocessable for what nobody is called."""
    name = " ".join(text.split())
    written = 1 <= len(name) <= 100 and any(sign.isalpha() for sign in name)
    if not written or not name.isprintable() or has_cpr(name):
        raise Unprocessable("a name, as people write it", field=field)
    return name


def must_be_born(born_on: date, today: date) -> None:
    """Raise Unprocessable for a birth date that cannot be."""
    if born_on.year < FIRST_YEAR or born_on >= today:
        raise Unprocessable("nobody is born then", field="born_on")
