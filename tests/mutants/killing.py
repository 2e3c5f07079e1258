"""What a mutant must survive to live: the house's own tests, the fastest and nearest first.

Each stage belongs to what it asks; a module that it never imports is not damaged for it. A stage
raises ``Killed`` (or anything else) when it notices.
"""

import ast
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutants.damage import CORE, modules, path_of
from tests.spec.table import PRESCRIBING_TABLES, TABLES, Case, cases

ROOT = CORE.parent
BOOK_ID = "dk-crk-2026"
PEOPLE = 8_000
EVERYTHING = "everything"
BOOKS_AND_WORDS = (
    "tests/spec/test_books.py",
    "tests/spec/test_books_prescribing.py",
    "tests/spec/test_document.py",
    "tests/spec/test_wording.py",
    "tests/spec/test_prescribing.py",
)
PROPERTIES = ("tests/property/test_claims_and_amounts.py",)


# A request or draft, the person, and what the reference says of them.
Answered = tuple[Any, Any, set[tuple[str, str]]]


class Killed(AssertionError):
    """Some test noticed."""


class Stage(NamedTuple):
    """``asks`` are the modules it drives; ``seconds`` of processor time it may take at most."""

    name: str
    asks: tuple[str, ...]
    seconds: int
    run: Callable[["Known", str], None]
    slow: bool = False


class Known(NamedTuple):
    """What is worked out once, without the core: the tables, and what the reference answers."""

    rows: list[Case]
    drafted: list[Case]
    said: dict[str, str]
    people: list[Answered]
    written: list[Answered]


def imported(module: str) -> frozenset[str]:
    """Every module of the core that one imports, itself included."""
    found: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _imports(name)
    return frozenset(found)


@cache
def _imports(module: str) -> tuple[str, ...]:
    known, found = set(modules()), list[str]()
    for node in ast.walk(ast.parse(path_of(module).read_text("utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        name = node.module.removeprefix("dosing_rules").removeprefix(".")
        within = [f"{name}.{one.name}" for one in node.names]
        found += [one for one in (name, *within) if one in known]
    return tuple(found)


def known() -> Known:
    """The tables and, answered in a process of its own, the reference's people."""
    said = {}
    for folder in ("findings", "findings_prescribing"):
        for path in (Path(__file__).parents[1] / "spec" / folder).glob("*.txt"):
            for line in path.read_text("utf-8").splitlines():
                if line.startswith("## "):
                    rule = line[3:]
                elif line:
                    said.setdefault(f"{rule} {line.partition('] ')[0]}]", line)
    return Known(list(cases(TABLES)), list(cases(PRESCRIBING_TABLES)), said, [], [])


def answered(count: int) -> tuple[list[Answered], list[Answered]]:
    """The reference's answers; imports the core, so only ever asked in another process."""
    from tests.reference import findings
    from tests.reference.people import person
    from tests.reference.prescribing import findings as written
    from tests.reference.prescribing.drafts import draft

    people, drafts = [person(one) for one in range(count)], [draft(one) for one in range(count)]
    return [(*one, findings(*one)) for one in people], [(*one, written(*one)) for one in drafts]


def _nearest_first(rows: list[Case], module: str) -> list[Case]:
    table = module.rpartition(".")[2]
    return [*[row for row in rows if row.table == table], *[r for r in rows if r.table != table]]


def _told(case: Case, line: str, known: Known) -> None:
    """The severity as in the table, everything else as in the file of findings."""
    cells = ", ".join(f"{column}={text}" for column, text in case.cells)
    expected = known.said.get(f"{case.rule_id} [{case.base}: {cells}]", "")
    if line != expected or (line.partition("] ")[2].partition(",")[0] or "allow") != case.verdict:
        raise Killed(case.id)


def rows(known: Known, module: str) -> None:
    """Each row of each table: asked with only the rules that can object, and with all."""
    from dosing_rules import RULES, check_dispensing, load_book
    from dosing_rules.check import check_with
    from tests.spec.findings import asked, own

    book = load_book(BOOK_ID)
    for case in _nearest_first(known.rows, module):
        request, patient = asked(case)
        verdict = check_dispensing(request, patient, book)
        _told(case, own(case, verdict.findings), known)
        if verdict != check_with(RULES, request, patient, book):
            raise Killed(case.id)


def drafts(known: Known, module: str) -> None:
    """Each row of the tables of what a doctor writes."""
    from dosing_rules import check_prescription, load_book
    from tests.spec.findings import drafted, own

    book = load_book(BOOK_ID)
    for case in _nearest_first(known.drafted, module):
        _told(case, own(case, check_prescription(*drafted(case), book).findings), known)


def random_people(known: Known, module: str) -> None:
    """People on the boundaries, beside the second writing of the rules."""
    from dosing_rules import RULES, check_dispensing, load_book
    from dosing_rules.check import check_with
    from tests.reference import facts

    book = load_book(BOOK_ID)
    for request, patient, expected in known.people:
        asked, who = facts.request(request), facts.patient(patient)
        verdict = check_dispensing(asked, who, book)
        if {(one.rule_id, one.severity.word) for one in verdict.findings} != expected:
            raise Killed(str(request))
        if verdict != check_with(RULES, asked, who, book):
            raise Killed(str(request))


def random_drafts(known: Known, module: str) -> None:
    """The same for what a doctor writes."""
    from dosing_rules import check_prescription, load_book
    from tests.reference import facts
    from tests.reference.prescribing.facts import change

    book = load_book(BOOK_ID)
    for draft, patient, expected in known.written:
        said = check_prescription(change(draft), facts.patient(patient), book).findings
        if {(one.rule_id, one.severity.word) for one in said} != expected:
            raise Killed(str(draft))


def pytest_of(*places: str) -> Callable[[Known, str], None]:
    """The tests of a folder or file, in this process, without the fixtures that need a database."""

    def run(known: Known, module: str) -> None:
        import pytest
        from hypothesis import settings

        settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
        settings.load_profile("mutants")
        os.chdir(ROOT)
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        quiet = ["-q", "-x", "--noconftest", "--assert=plain", "-p", "no:cacheprovider"]
        options = ["-o", "addopts=--import-mode=importlib --strict-markers"]
        if pytest.main([*quiet, *options, *places]):
            raise Killed(" ".join(places))

    return run


# Tests of a module that are not called after it.
NEAREST = {
    "rulebook": ("rulebook", "rulebooks", "signatures"),
    "book_tables": ("rulebooks", "rulebook", "book_problems"),
    "book_signature": ("signatures",),
    "prescribing_rules.impossible": ("draft_impossible",),
    "recorded": ("switches",),
    "check": ("check", "check_observed"),
    "verdict": ("check",),
    "replay": ("check",),
    "regular": ("check",),
    "facts_in_place": ("night_history", "person_history", "history"),
    "history": ("history", "history_edges", "night_history"),
    "person_history": ("person_history", "night_history", "history_edges"),
    "order_history": ("order_history", "person_history"),
    "indkald_history": ("person_history",),
    "unit_history": ("person_history", "history_edges"),
}


def nearest(known: Known, module: str) -> None:
    """The tests of the module itself, where it has some; for rules those are their tables."""
    names = NEAREST.get(module, (module,))
    paths = [f"tests/rules/test_{name}.py" for name in names]
    if found := [path for path in paths if (ROOT / path).exists()]:
        pytest_of(*found)(known, module)


STAGES: tuple[Stage, ...] = (
    Stage("nearest", (EVERYTHING,), 20, nearest),
    Stage("rows", ("check",), 10, rows),
    Stage("drafts", ("prescribing",), 10, drafts),
    Stage("golden", ("check",), 10, pytest_of("tests/golden")),
    Stage("people", ("check",), 40, random_people),
    Stage("drafted people", ("prescribing",), 40, random_drafts),
    Stage("units", (EVERYTHING,), 40, pytest_of("tests/rules")),
    Stage("books", (EVERYTHING,), 60, pytest_of(*BOOKS_AND_WORDS), slow=True),
    Stage("properties", (EVERYTHING,), 120, pytest_of(*PROPERTIES), slow=True),
)


def stages_of(module: str) -> list[Stage]:
    """Those that can notice a damage in the module. The tests of the units drive all of them."""
    return [
        stage
        for stage in STAGES
        if EVERYTHING in stage.asks or any(module in imported(one) for one in stage.asks)
    ]
