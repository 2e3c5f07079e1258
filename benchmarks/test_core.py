"""The pure core by pytest-benchmark, to compare one state of the code with another.

    python -m pytest benchmarks -o addopts=--import-mode=importlib --benchmark-autosave
    ... change something ...
    python -m pytest benchmarks -o addopts=--import-mode=importlib --benchmark-compare

No bar is asserted here; `make bench` measures the bars. Not collected by `make test`.
"""

import random

import msgspec
import pytest

from benchmarks.check.snapshots import Snapshot, snapshots
from benchmarks.morning import documents_of, people_of_a_morning
from dispensing.counter.loading import PATIENT
from dosing_rules import RuleBook, check_dispensing, load_book
from dosing_rules.replay import check_many

COUNT = 1_000


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_book("dk-crk-2026")


@pytest.fixture(scope="module")
def drawn(book: RuleBook) -> dict[str, list[Snapshot]]:
    found: dict[str, list[Snapshot]] = {"quiet": [], "troubled": []}
    for one in snapshots(4 * COUNT, seed=7):
        found["troubled" if check_dispensing(*one, book).findings else "quiet"].append(one)
    return {name: listed[:COUNT] for name, listed in found.items()}


@pytest.mark.parametrize("kind", ["quiet", "troubled"])
def test_thousand_checks(benchmark, drawn, book, kind: str) -> None:
    asked = drawn[kind]
    assert len(benchmark(lambda: list(check_many(asked, book)))) == COUNT


def test_facts_of_a_morning(benchmark) -> None:
    documents = documents_of(people_of_a_morning(random.Random(7)))
    assert len(benchmark(lambda: [PATIENT.decode(text) for text in documents])) == len(documents)


def test_thousand_verdicts_as_json(benchmark, drawn, book) -> None:
    verdicts = [check_dispensing(*one, book).as_dict() for one in drawn["troubled"]]
    assert benchmark(lambda: msgspec.json.encode(verdicts))
