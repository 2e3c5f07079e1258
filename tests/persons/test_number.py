"""What is a person's number, as typed and as cards say it, and what a screen shows of it."""

from datetime import date

import pytest

from dispensing.persons.number import NotANumber, Number, parse_number, synthetic_number

BORN = date(1975, 5, 15)
# Four digits of a CPR number that no register ever gave out: the tests need only their shape.
TAIL = "0" * 4


def of(day: str, tail: str = TAIL) -> str:
    return day + tail


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (of("150575"), "cpr"),
        ("150575-" + TAIL, "cpr"),
        (" 150575 " + TAIL, "cpr"),
        (of("750575"), "replacement_cpr"),
        (of("290200", "9000"), "cpr"),
        (of("890200"), "replacement_cpr"),
        ("150575" + "AB1C", "replacement_cpr"),
        ("150575-" + "1xy9", "replacement_cpr"),
    ],
)
def test_a_number_is_read_however_it_is_typed(text: str, kind: str) -> None:
    assert parse_number(text).kind == kind


@pytest.mark.parametrize("around", ["%{}?", "\x02{}\r", "]C1 {}", ";9208{}=1"])
def test_a_health_card_is_read_from_its_barcode_or_stripe(around: str) -> None:
    digits = of("150575")
    if around == ";9208{}=1":
        # More digits round it: which ten are the number cannot be told.
        with pytest.raises(NotANumber):
            parse_number(around.format(digits))
    else:
        assert parse_number(around.format(digits)).text == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "150575",
        of("150575") + "0",
        of("310275"),
        of("001275"),
        of("320175"),
        of("910275"),
        of("150075"),
        of("151375"),
        "320575" + "AB1C",
        "A50575" + "0000",
        "K-150575",
        of("150575") + " " + of("150575"),
        "²" * 10,
        "١" * 10,
    ],
)
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    """H24"""
    with pytest.raises(NotANumber) as told:
        parse_number(text)
    assert not any(sign.isdigit() for sign in str(told.value))


@pytest.mark.parametrize("day", range(1, 367))
def test_every_day_of_a_leap_year_is_a_birth_date(day: int) -> None:
    """H07: nobody is refused for a birthday, in any century the seventh digit can mean."""
    born = date.fromordinal(date(2000, 1, 1).toordinal() + day - 1)
    for tail in ("4000", "9000"):
        assert parse_number(f"{born:%d%m}00{tail}").kind == "cpr"
    assert parse_number(f"{born.day + 60:02}{born:%m}00{TAIL}").born == (born.day, born.month, 0)


def test_modulus_eleven_is_a_warning_and_never_a_gate() -> None:
    """H07: numbers without it have been given out since 2007."""
    warned = {
        running: Number("cpr", f"{BORN:%d%m%y}{running:04}").warnings(BORN)
        for running in range(1000)
    }
    assert {tuple(found) for found in warned.values()} == {(), ("mod-11",)}
    assert all(parse_number(f"{BORN:%d%m%y}{running:04}") for running in warned)


def test_another_birth_date_is_warned_of() -> None:
    """H07"""
    number = synthetic_number(BORN, 7)
    assert number.warnings(BORN) == ()
    for other in (date(1975, 5, 16), date(1975, 6, 15), date(1976, 5, 15)):
        assert number.warnings(other) == ("birth-date-differs",)


def test_a_screen_shows_the_birth_date_and_four_dots() -> None:
    """H24"""
    number = parse_number(of("150575"))
    assert (number.masked, number.full) == ("150575-••••", "150575-" + TAIL)
    assert TAIL not in repr(number)


def test_made_up_numbers_are_nobodys() -> None:
    made = {synthetic_number(BORN, running).text for running in range(1000)}
    assert len(made) == 1000
    assert all(61 <= int(text[:2]) <= 91 and parse_number(text).text == text for text in made)
