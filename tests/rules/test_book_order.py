"""Two numbers that part a scale stand the right way round, whoever said which of them."""

import pytest

from dosing_rules import Limit, load_book
from dosing_rules.book_order import RISING
from dosing_rules.book_problems import problems
from dosing_rules.rulebook import RuleBookError, parse_book
from tests.rules.books import local, number

BOOK = load_book("dk-crk-2026")
_WRITTEN = {"permille_milli": "permille", "breaths_per_minute": "breaths per minute"}
_WRITTEN |= {"poss": "POSS", "ml_per_minute": "ml/min"}


def written(name: str, value: int) -> str:
    """A number as a local book says it, whose value in base units is this."""
    limit: Limit = BOOK.limits[name]
    unit = _WRITTEN.get(limit.unit, limit.unit)
    if unit == "permille":
        return number(name, f'"{value / 1000:.3f}"', unit)
    return number(name, str(value), unit)


@pytest.mark.parametrize(("low", "high"), RISING)
def test_a_pair_the_wrong_way_round_is_refused(low: str, high: str) -> None:
    """Between the two numbers nothing would be said; equal, each value is told one thing."""
    most = BOOK.limits[high].value
    assert isinstance(most, int)
    turned = f"{low} is above {high}"
    equal = [one.message for one in problems(local(written(low, most)))]
    assert turned not in equal
    with pytest.raises(RuleBookError, match=turned):
        parse_book(local(written(low, most + 1)))


def test_no_pair_of_the_book_is_left_out() -> None:
    """What a number's name says of its place, and every interval against the daily one."""
    names = set(BOOK.limits)
    milder = {"inform": "confirm", "confirm": "doctor", "doctor": "stop"}
    pairs = {
        (name, graver)
        for name in names
        for word, next_word in milder.items()
        if f"_{word}_" in name and (graver := name.replace(f"_{word}_", f"_{next_word}_")) in names
    }
    # A table of the book judges missed days; less breath and less oxygen are the graver.
    pairs = {pair for pair in pairs if "_missed_" not in pair[0]}
    intervals = {name for name in names if name.startswith("interval_")} - {
        "interval_daily_minutes"
    }
    pairs |= {(name, "interval_daily_minutes") for name in intervals}
    assert pairs <= set(RISING), pairs - set(RISING)
    assert len(RISING) == len(set(RISING)) == 24


def test_breathing_between_a_warning_and_a_stop_is_never_left_unsaid() -> None:
    """The reviewer's book: stop below 14, warn below 12, and 13 breaths a minute say nothing."""
    name = "breathing_stop_breaths_per_minute"
    book = local(number("methadone_step_ug", "5", "mg"), written(name, 14))
    line = book.decode().splitlines().index(f"[numbers.{name}]") + 1
    assert [(one.line, one.message) for one in problems(book)] == [
        (line, f"{name} is above breathing_confirm_breaths_per_minute")
    ]


def test_every_pair_is_told_at_once() -> None:
    """Not only the first one."""
    book = local(written("oxygen_stop_percent", 93), written("alcohol_doctor_permille_milli", 1001))
    assert len(problems(book)) == 2


def _row(kind: str, days: str, more: str) -> str:
    return f'[[{kind}]]\ndays = "{days}_days"\n{more}\n'


def _missed(days: str, severity: str, only: str = "") -> str:
    return _row("missed.methadone", days, f'severity = "{severity}"\n{only}')


_TITRATION = 'only = "titration"'


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (("stop", ""), ("doctor", ""), True),
        (("stop", ""), ("doctor", _TITRATION), True),
        (("stop", _TITRATION), ("doctor", ""), False),
        (("doctor", ""), ("stop", ""), False),
        (("stop", ""), ("stop", ""), False),
    ],
)
def test_a_row_of_missed_days_that_nobody_reaches(
    first: tuple[str, str], second: tuple[str, str], refused: bool
) -> None:
    """From three days stop, from four ask the doctor: the doctor is never asked."""
    book = local(
        number("x_days", "3", "days"),
        number("y_days", "4", "days"),
        _missed("x", *first),
        _missed("y", *second),
    )
    if not refused:
        assert len(parse_book(book).missed["methadone"][0]) == 2
        return
    with pytest.raises(RuleBookError, match="y_days is above x_days, which is the graver"):
        parse_book(book)


def test_a_row_that_begins_with_a_graver_one_is_no_error() -> None:
    """On the same day the graver one is said; the milder one is still reached nowhere else."""
    book = local(number("x_days", "3", "days"), _missed("x", "stop"), _missed("x", "doctor"))
    assert len(parse_book(book).missed["methadone"][0]) == 2


@pytest.mark.parametrize(
    ("later", "refused"), [("31", True), ("30", False), ("29", False)], ids=str
)
def test_after_more_days_without_no_larger_first_dose(later: str, refused: bool) -> None:
    """Rows in percent or for high orders alone stand beside and are not compared."""
    book = local(
        number("x_days", "3", "days"),
        number("y_days", "4", "days"),
        number("x_ug", "30", "mg"),
        number("y_ug", later, "mg"),
        number("z_percent", "50", "percent"),
        _row("restart.methadone", "x", 'ceiling = ["x_ug"]'),
        _row("restart.methadone", "y", 'ceiling = ["y_ug"]'),
        _row("restart.methadone", "y", 'ceiling = ["z_percent"]'),
        _row("restart.methadone", "y", 'ceiling = ["x_ug"]\ndose_above = "x_ug"'),
    )
    if not refused:
        assert len(parse_book(book).restart["methadone"][0]) == 4
        return
    with pytest.raises(RuleBookError, match="y_ug is above x_ug, which is of fewer days"):
        parse_book(book)
