"""The search for an order that explains every answer, on histories small enough to read."""

from __future__ import annotations

import pytest

from tests.concurrency.linear import Step, linearizable

# verb, reservation, words of a refusal, from, to
Row = tuple[str, int | None, str, float, float]


def steps(rows: list[Row]) -> list[Step]:
    return [
        Step(verb, number, frozenset(words.split()), started, ended)
        for verb, number, words, started, ended in rows
    ]


TRUE: dict[str, list[Row]] = {
    "reserve, give": [("reserve", 1, "", 0, 1), ("given", 1, "", 2, 3)],
    "two at once, one refused": [
        ("reserve", None, "being-handed-out", 0, 5),
        ("reserve", 1, "", 0, 5),
    ],
    "refused by what ended later": [
        ("reserve", None, "already-given", 0, 1),
        ("reserve", 1, "", 0, 9),
        ("given", 1, "", 0, 9),
    ],
    "returned and taken again": [
        ("reserve", 1, "", 0, 1),
        ("returned", 1, "", 2, 3),
        ("given", 1, "already-resolved", 4, 5),
        ("reserve", 2, "", 4, 5),
    ],
    "doubt, then it was swallowed": [
        ("reserve", 1, "", 0, 1),
        ("doubts", 1, "", 2, 3),
        ("reserve", None, "outcome-uncertain", 3, 4),
        ("doubts", 1, "already-uncertain", 3, 4),
        ("given", 1, "", 5, 6),
    ],
    "reversed once, and said so the second time": [
        ("reserve", 1, "", 0, 1),
        ("given", 1, "", 2, 3),
        ("reversals", 1, "", 4, 6),
        ("reversals", 1, "already-reversed", 4, 6),
        ("reserve", 2, "", 7, 8),
    ],
}
UNTRUE: dict[str, list[Row]] = {
    "two reserved": [("reserve", 1, "", 0, 5), ("reserve", 2, "", 0, 5)],
    "refused before anybody had it": [
        ("reserve", None, "being-handed-out", 0, 1),
        ("reserve", 1, "", 2, 3),
    ],
    "the wrong reason": [
        ("reserve", 1, "", 0, 1),
        ("reserve", None, "already-given", 2, 3),
    ],
    "given and returned": [
        ("reserve", 1, "", 0, 1),
        ("given", 1, "", 2, 5),
        ("returned", 1, "", 2, 5),
    ],
    "reversed twice": [
        ("reserve", 1, "", 0, 1),
        ("given", 1, "", 2, 3),
        ("reversals", 1, "", 4, 5),
        ("reversals", 1, "", 4, 5),
    ],
    "not given, though it was": [
        ("reserve", 1, "", 0, 1),
        ("given", 1, "", 2, 3),
        ("reversals", 1, "not-given", 4, 5),
    ],
    "free again without anybody ending it": [
        ("reserve", 1, "", 0, 1),
        ("reserve", 2, "", 2, 3),
    ],
    "the database holds something else in the end": [
        ("reserve", 1, "", 0, 1),
        ("end", None, "none", 9, 9),
    ],
}


@pytest.mark.parametrize("history", TRUE)
def test_a_true_history_has_an_order(history: str) -> None:
    assert linearizable(steps(TRUE[history]))


@pytest.mark.parametrize("history", UNTRUE)
def test_an_untrue_history_has_none(history: str) -> None:
    """H01, H04: double doses, lost acts and refusals that were not true."""
    assert not linearizable(steps(UNTRUE[history]))


def test_many_refusals_are_searched_quickly() -> None:
    """A dose with hundreds of attempts must not cost an evening."""
    rows: list[Row] = [("reserve", None, "being-handed-out", 0, 100) for _ in range(300)]
    rows += [("reserve", 1, "", 0, 100), ("returned", 1, "", 0, 100)]
    assert linearizable(steps(rows))
