"""The packaged books: own words, defaults that are the stricter, and what was published stays."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dosing_rules import Limit, RuleBook, book_numbers, check_dispensing, load_book
from dosing_rules.book_numbers import more_permissive
from dosing_rules.book_tables import Band, not_before
from dosing_rules.rulebook import NUMBER_NAMES, RuleBookError, installed_books, parse_book
from dosing_rules.verdict import Severity
from tests.rules.books import content, local, number
from tests.spec.standard import BASES, TODAY

# How many numbers each book says itself, and how many it has by default: docs/rule-books.md.
COUNTS = {
    "au-2003": (18, 130),
    "ca-on": (28, 123),
    "dk-broendby": (10, 134),
    "dk-crk-2026": (139, 0),
    "dk-novavi": (19, 120),
    "no": (4, 140),
    "nz": (6, 136),
    "se": (2, 142),
    "strict-2026": (26, 118),
    "uk": (22, 123),
    "us": (30, 119),
}
STRICT = load_book("strict-2026")
DOCUMENT = Path(__file__).parents[2] / "docs" / "rule-books.md"


def books() -> list[RuleBook]:
    return [load_book(book_id) for book_id in installed_books()]


def test_how_many_numbers_each_book_says_itself() -> None:
    """Counted, so that a number never slips silently from a book into its defaults."""
    counted = {
        book.id: (len(book.limits) - len(book.defaulted), len(book.defaulted)) for book in books()
    }
    assert counted == COUNTS
    for book in books():
        assert set(NUMBER_NAMES) <= set(book.limits)


def test_the_document_lists_the_same() -> None:
    """``docs/rule-books.md`` names every book with its counts."""
    text = DOCUMENT.read_text(encoding="utf-8")
    row = re.compile(r"^\| `([a-z0-9-]+)` \| .* \| (\d+) \| (\d+) \|$", flags=re.MULTILINE)
    listed = {book_id: (int(own), int(default)) for book_id, own, default in row.findall(text)}
    assert listed == COUNTS


def test_directions_name_numbers_that_exist() -> None:
    """A number whose larger value is the stricter is one that some book has."""
    known = {name for book in books() for name in book.limits}
    assert known >= book_numbers.LARGER_IS_STRICTER


def test_a_default_says_that_it_is_one() -> None:
    """In the source line, once, with the book it comes from; nothing is confirmed yet."""
    for book in books():
        for name, limit in book.limits.items():
            assert limit.source.startswith("Default, not said by the book") == (
                name in book.defaulted
            )
            assert limit.source.count("Default, ") <= 1
            assert limit.confirmed is False
    default = load_book("se").limits["methadone_step_ug"].source
    assert default.startswith("Default, not said by the book (dk-crk-2026): DK-10")


def test_defaults_are_the_stricter_documented() -> None:
    """No book says a number stricter than the default that others get in its place."""
    stricter = Counter[str]()
    for book in books():
        for name in set(book.limits) - book.defaulted:
            default = STRICT.limits.get(name)
            if default is None or name == "missed_days_anchor":
                continue
            if more_permissive(name, default.value, book.limits[name].value):
                stricter[f"{book.id} {name}"] += 1
    assert stricter == Counter()


@pytest.mark.parametrize("substance", ["methadone", "buprenorphine", "diacetylmorphine"])
def test_default_missed_days_are_the_strictest_of_all_books(substance: str) -> None:
    """H11: no book stops, or asks the doctor of stable people, earlier than the default does."""
    first = min(band.days for band in STRICT.missed[substance][0] if not band.titration)
    for book in books():
        for band in [band for rows in book.missed[substance] for band in rows]:
            if not band.titration and band.severity >= STRICT.missed[substance][0][-1].severity:
                assert band.days >= first, book.id


def test_what_is_weakly_remembered_never_permits_more() -> None:
    """A weak number beside its default: stricter is taken, more permissive is refused."""
    for book in books():
        for name in book.weak & set(STRICT.limits):
            assert not more_permissive(name, book.limits[name].value, STRICT.limits[name].value)
    tighter = parse_book(local(number("methadone_step_ug", "5", "mg", weak="true")))
    assert (tighter.methadone_step_ug, tighter.weak) == (5_000, {"methadone_step_ug"})
    with pytest.raises(RuleBookError, match="methadone_step_ug is weakly remembered"):
        parse_book(local(number("methadone_step_ug", "20", "mg", weak="true")))
    with pytest.raises(RuleBookError, match="identifiers_count is weakly remembered"):
        parse_book(local(number("identifiers_count", "1", "count", weak="true")))
    anchor = number("missed_days_anchor", '"planned_pickup"', "anchor", weak="true")
    with pytest.raises(RuleBookError, match="missed_days_anchor is weakly remembered"):
        parse_book(local(anchor))
    assert parse_book(local(number("methadone_step_ug", "20", "mg"))).methadone_step_ug == 20_000


def test_a_weak_table_stands_beside_the_default() -> None:
    """H11: a weakly remembered table never replaces the stricter one."""
    us = load_book("us")
    assert us.missed["methadone"][1:] == STRICT.missed["methadone"]
    assert us.restart["methadone"][1:] == STRICT.restart["methadone"]
    late = local(
        number("methadone_missed_late_days", "9", "days", weak="true"),
        '[[missed.methadone]]\ndays = "methadone_missed_late_days"\nseverity = "doctor"\n',
    )
    assert len(parse_book(late).missed["methadone"]) == 2
    sure = late.replace(b"weak = true\n", b"")
    assert len(parse_book(sure).missed["methadone"]) == 1
    longer = local(
        number("take_home_first_until_days", "5", "days", weak="true"),
        number("take_home_first_days", "9", "days"),
        '[[take_home]]\nbefore = "take_home_first_until_days"\ndays = "take_home_first_days"\n',
        falls_back_to='"strict-2026"',
    )
    assert [row.days for row in parse_book(longer).take_home] == [9, 0]
    assert [row.days for row in parse_book(longer.replace(b"weak = true\n", b"")).take_home] == [9]


def test_the_hash_covers_what_the_book_falls_back_to() -> None:
    """A default that changes makes another book: a signature under the old one does not count."""
    book = local(number("methadone_step_ug", "5", "mg"))
    other = content().replace(b"Substitution treatment", b"Another treatment")
    assert parse_book(book).sha256 == parse_book(book, lambda _: content()).sha256
    assert parse_book(book).sha256 != parse_book(book, lambda _: other).sha256
    assert parse_book(book).falls_back_to == "dk-crk-2026"


@pytest.mark.parametrize("falls_back_to", ['"local"', "7", '"nowhere"'])
def test_a_book_falls_back_to_another_that_exists(falls_back_to: str) -> None:
    """Not to itself, not to nothing."""
    book = local(falls_back_to=falls_back_to)
    packaged = {"local": book, "dk-crk-2026": content()}

    def find(book_id: str) -> bytes:
        if book_id not in packaged:
            raise RuleBookError(f"no rule book {book_id!r}")
        return packaged[book_id]

    with pytest.raises(RuleBookError):
        parse_book(book, find)


ROW = '[[missed.methadone]]\ndays = "methadone_missed_x_days"\nseverity = "stop"\n'
DAYS = number("methadone_missed_x_days", "3", "days")
CEILING = '[[restart.methadone]]\ndays = "methadone_missed_x_days"\nceiling = ["x_ug"]\n'
UG = number("x_ug", "30", "mg")


@pytest.mark.parametrize(
    ("book", "message"),
    [
        ([ROW], "lacks methadone_missed_x_days"),
        ([DAYS], "no rule asks for methadone_missed_x_days"),
        ([ROW.replace("stop", "never")], "severity must be"),
        ([ROW.replace("stop", "allow")], "severity must be"),
        ([ROW + "supervised = 3\n"], "must name its numbers"),
        ([ROW, 'only = "sundays"\n', DAYS], "only must be titration"),
        ([ROW, 'because = "so"\n', DAYS], "a row of missed.methadone needs days, severity"),
        ([ROW.replace('days = "methadone_missed_x_days"', "days = 3")], "must name its numbers"),
        ([ROW.replace("missed.methadone", "missed.aspirin"), DAYS], "one table per substance"),
        (["missed = 3\n"], "one table per substance"),
        (["[missed]\nmethadone = 3\n"], "must be rows"),
        (["[missed]\nmethadone = [3]\n"], "a row of missed.methadone needs"),
        (['take_home = "some"\n'], "must be rows"),
        ([CEILING.replace('["x_ug"]', "7"), DAYS], "must name its numbers"),
        ([CEILING.replace('["x_ug"]', "[]"), DAYS], "a ceiling is an amount"),
        ([CEILING.replace('["x_ug"]', '["x_ug", "y_ug"]'), DAYS, UG, UG.replace("x_", "y_")],
         "a ceiling is an amount"),
        ([CEILING.replace("x_ug", "x_ms"), DAYS, number("x_ms", "3", "ms")],
         "a ceiling is an amount"),
        ([CEILING, 'take = "both"\n', DAYS, UG], "take must be lower or higher"),
        ([CEILING.replace("methadone_missed_x_days", "x_ug"), UG], "x_ug cannot stand"),
        ([CEILING.replace("x_ug", "missed_days_anchor"), DAYS], "missed_days_anchor cannot stand"),
        ([CEILING.replace("x_ug", "x"), DAYS, number("x", "3", "mg")], "does not end in a unit"),
        ([CEILING, DAYS, number("x_ug", "30", "mg", weak='"a little"')], "weak must be"),
        (["[numbers]\nmethadone_step_ug = 5\n"], "methadone_step_ug needs exactly"),
    ],
)  # fmt: skip
def test_a_broken_table_stops_the_load(book: list[str], message: str) -> None:
    """Every row names numbers of the book, of the right unit, and says nothing unknown."""
    with pytest.raises(RuleBookError, match=message):
        parse_book(local(*book))


def test_a_ceiling_takes_the_lower_or_the_higher() -> None:
    """Whichever is lower unless the book says higher; halves are rounded down."""
    half = number("x_percent", "50", "percent")
    both = CEILING.replace('["x_ug"]', '["x_ug", "x_percent"]')
    lower = parse_book(local(both, DAYS, UG, half)).restart["methadone"][0][0]
    higher = parse_book(local(both, 'take = "higher"\n', DAYS, UG, half))
    assert [lower.most_ug(ug) for ug in (50_001, 60_000, 80_000)] == [25_000, 30_000, 30_000]
    assert higher.restart["methadone"][0][0].most_ug(80_000) == 40_000


def test_after_how_many_days_the_course_begins_anew() -> None:
    """Where the table first gives an amount; without one, where the first stop stands."""
    assert load_book("dk-crk-2026").restart_days("methadone") == 4
    assert load_book("au-2003").restart_days("methadone") == 4
    assert load_book("dk-crk-2026").restart_days("buprenorphine") == 6
    assert load_book("dk-crk-2026").restart_days("diacetylmorphine") == 1
    assert load_book("dk-crk-2026").restart_days("something else") == 1


def test_after_how_many_days_a_doctor_is_asked() -> None:
    """The first row that is no word for the nurse alone; a row for the titration is not for all."""
    days = {book.id: book.gap_days("methadone") for book in books()}
    assert days.pop("dk-broendby") == days.pop("dk-novavi") == 4
    assert set(days.values()) == {3}
    assert load_book("dk-crk-2026").gap_days("something else") == 1
    mild = {"methadone": ((Band(1, Severity.CONFIRM, False, 0, ()),),)}
    assert replace(load_book("dk-crk-2026"), missed=mild).gap_days("methadone") == 4


def test_limits_are_sorted_as_the_rules_ask_for_them() -> None:
    """The account begins with the numbers that every book has, in the order of the class."""
    for book in books():
        names = list(book.limits)
        assert tuple(names[: len(NUMBER_NAMES)]) == NUMBER_NAMES
        assert all(isinstance(limit, Limit) for limit in book.limits.values())


def test_a_weak_supply_stands_alone_where_the_default_has_none() -> None:
    """H17: nothing stricter is known to stand beside it."""
    weak = local(
        number("take_home_first_until_days", "5", "days", weak="true"),
        number("take_home_first_days", "3", "days"),
        '[[take_home]]\nbefore = "take_home_first_until_days"\ndays = "take_home_first_days"\n',
    )
    assert load_book("dk-crk-2026").take_home == ()
    assert [(row.before_days, row.days) for row in parse_book(weak).take_home] == [(5, 3)]


def test_a_defaulted_ceiling_waits_for_the_books_own_first_row() -> None:
    """H11: three days at the same dose, as printed; then the default's ceiling of that day."""
    own = load_book("dk-broendby")
    [rows] = own.restart["methadone"]
    assert {row.days for row in rows} == {4}
    assert rows[0].limits[0] == own.missed["methadone"][0][0].limits[0]
    assert rows[-1].ug == 30_000
    assert own.restart_days("methadone") == 4
    [default] = load_book("strict-2026").restart["methadone"]
    assert not_before((), (default,)) == (default,)
    titrating = own.missed["methadone"][0][0]._replace(days=1, titration=True)
    assert not_before(((titrating,),), (default,)) == (default,)


def test_an_unknown_beginning_is_today_for_what_may_go_home() -> None:
    """H17: where a book binds the very first day, who began when nobody knows is bound."""
    book = parse_book(
        local(
            number("take_home_first_until_days", "1", "days"),
            number("take_home_first_days", "3", "days"),
            '[[take_home]]\nbefore = "take_home_first_until_days"\ndays = "take_home_first_days"\n',
        )
    )
    asked, person = BASES["take-home"]()
    for first_on, bound in ((None, True), (TODAY, True), (TODAY - timedelta(days=1), False)):
        found = check_dispensing(asked, replace(person, first_dose_on=first_on), book).findings
        assert ("take-home-above-limit" in {one.rule_id for one in found}) == bound
