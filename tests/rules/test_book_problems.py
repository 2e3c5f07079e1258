"""Whoever writes a book is told everything that is wrong with it at once, with the line."""

import pytest

from dosing_rules.book_problems import problems
from dosing_rules.rulebook import installed_books
from tests.rules.books import content, local, number

HEAD = local().decode()


def told(book: str | bytes) -> list[tuple[int, str]]:
    raw = book if isinstance(book, bytes) else book.encode()
    return [(problem.line, problem.message) for problem in problems(raw)]


@pytest.mark.parametrize("book_id", installed_books())
def test_a_whole_book_has_no_problems(book_id: str) -> None:
    """The packaged books are as sound as the command demands of others."""
    assert told(content(book_id)) == []


def test_every_number_is_named_with_its_line() -> None:
    """Not only the first: a wrong unit, a float, a number nobody asks for."""
    book = local(
        number("methadone_step_ug", "10", "hours"),
        number("take_home_days", "7.5", "days"),
        number("of_another_country_days", "7", "days"),
    )
    lines = book.decode().splitlines()
    found = told(book)
    assert [line for line, _ in found] == [
        lines.index(f"[numbers.{name}]") + 1
        for name in ("methadone_step_ug", "take_home_days", "of_another_country_days")
    ]
    assert "must be written in mg or ug" in found[0][1]
    assert "whole number or a decimal string" in found[1][1]
    assert found[2][1] == "no rule asks for of_another_country_days"


def test_every_row_is_asked_alone() -> None:
    """A broken first row does not hide the second; each is told with its line."""
    row = '[[missed.methadone]]\ndays = "methadone_missed_x_days"\nseverity = "never"\n'
    home = '[[take_home]]\nbefore = "a_days"\n'
    book = local(row, row, home, number("methadone_missed_x_days", "3", "days"))
    lines = book.decode().splitlines()
    first = lines.index("[[missed.methadone]]") + 1
    found = told(book)
    assert (first, "missed.methadone, row 1") in [(n, m[-24:-1]) for n, m in found]
    assert (first + 4, "missed.methadone, row 2") in [(n, m[-24:-1]) for n, m in found]
    assert (lines.index("[[take_home]]") + 1, "take_home, row 1") in [
        (n, m[-17:-1]) for n, m in found
    ]


@pytest.mark.parametrize(
    ("book", "line", "message"),
    [
        ("id = ", 1, "not a TOML file"),
        ("id = 3\n\nid = 4\n", 3, "not a TOML file"),
        (b"\xff", 1, "not a TOML file"),
        ('id = "x"\n', 1, "the book lacks title"),
        (HEAD.replace("2026-01-01", '"soon"'), 4, "valid_from must be a date"),
        (HEAD.replace("dk-crk-2026", "nowhere"), 1, "no rule book 'nowhere'"),
        (HEAD + "numbers = 3\n", 1, "numbers must be a table"),
        (HEAD + "missed = 3\n", 1, "missed needs one table per substance"),
        (HEAD + "missed = {methadone = 3}\n", 1, "missed.methadone must be rows"),
        (HEAD + "take_home = 3\n", 6, "take_home must be rows"),
        (HEAD + "missed = {methadone = [3]}\n", 1, "a row of missed.methadone needs"),
        (local(number("methadone_step_ug", "11", "mg", weak="true")), 7, "weakly remembered"),
    ],
)
def test_what_is_wrong_with_the_whole_file(book: str | bytes, line: int, message: str) -> None:
    """Syntax by TOML's own line; what concerns the whole file stands at its first line."""
    assert any(found == line and message in text for found, text in told(book)), told(book)


def test_what_a_book_lacks_is_told_once() -> None:
    """A book without a fallback lists all that it lacks, beside what nobody asks for."""
    alone = HEAD.replace('falls_back_to = "dk-crk-2026"\n', "")
    found = told(alone + number("of_another_country_days", "7", "days"))
    assert len(found) == 2
    assert "the book lacks" in found[0][1] and "methadone_step_ug" in found[0][1]


@pytest.mark.parametrize("kind", ["missed.methadone", "restart.methadone", "take_home"])
def test_a_row_is_told_with_its_line_also_after_a_blank_first_one(kind: str) -> None:
    """Each kind of row; counted from the first line of the file, whatever stands in it."""
    book = f"\n{HEAD}\n[[{kind}]]\nwrong = 3\n"
    line = book.splitlines().index(f"[[{kind}]]") + 1
    assert [n for n, message in told(book) if message.endswith(f"({kind}, row 1)")] == [line]


def test_a_number_is_told_with_its_line_also_after_a_blank_first_one() -> None:
    """The same for a number."""
    book = f"\n{HEAD}\n" + number("methadone_step_ug", "10", "hours")
    line = book.splitlines().index("[numbers.methadone_step_ug]") + 1
    assert [n for n, _ in told(book)] == [line]


def test_a_row_written_within_a_line_is_told_at_the_first() -> None:
    """It has no head of its own to point at."""
    for blank in ("", "\n"):
        found = told(f"{blank}{HEAD}missed = {{methadone = [3]}}\n")
        assert found and {line for line, _ in found} == {1}
