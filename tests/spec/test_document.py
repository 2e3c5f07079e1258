"""The published rules are the tested ones, and the list of rules is the folder."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import dosing_rules
from dosing_rules import PRESCRIBING_RULES, RULES, load_book, prescribing_rules, rules
from dosing_rules.rule import Rule
from tests.spec.findings import FOLDERS, told, written
from tests.spec.generate import DOCUMENT, document

CORE = Path(dosing_rules.__file__).parent


def test_docs_rules_is_current() -> None:
    """``docs/rules.md`` is what the generator writes: run ``python -m tests.spec.generate``."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("tables", list(FOLDERS), ids=lambda tables: tables.name)
def test_every_row_says_what_is_written(tables: Path) -> None:
    """Severity, way on, who lifts it, facts compared and numbers of every row, not the word alone.

    ``tests/spec/findings``: look at what changed, then run ``python -m tests.spec.generate``.
    """
    assert told(tables, load_book("dk-crk-2026")) == written(tables)


def test_prescribing_rules_are_listed_and_well_formed() -> None:
    """The same house rules for what a doctor writes: listed, named, sourced, no number, short."""
    defined: list[Rule] = []
    for module in pkgutil.iter_modules(prescribing_rules.__path__):
        loaded = importlib.import_module(f"dosing_rules.prescribing_rules.{module.name}")
        defined += [value for value in vars(loaded).values() if isinstance(value, Rule)]
    listed = {rule.id for rule in PRESCRIBING_RULES}
    assert len(PRESCRIBING_RULES) == len(listed) == len(defined) >= 25
    assert listed == {rule.id for rule in defined}
    assert not listed & {rule.id for rule in RULES}
    for rule in PRESCRIBING_RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
        assert rule.asks.endswith("?")
        assert rule.source
    for path in sorted((CORE / "prescribing_rules").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
                assert node.value in (0, 1), f"{path.name}:{node.lineno} holds {node.value}"
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                assert [one.arg for one in node.args.args] == ["change", "patient", "book"]
                assert (node.end_lineno or 0) - node.lineno < 40, node.name


def test_rules_lists_exactly_what_the_folder_defines() -> None:
    """A rule that nobody lists would silently not be asked."""
    defined: list[Rule] = []
    for module in pkgutil.iter_modules(rules.__path__):
        loaded = importlib.import_module(f"dosing_rules.rules.{module.name}")
        defined += [value for value in vars(loaded).values() if isinstance(value, Rule)]
    assert len(RULES) == len(set(RULES)) == len(defined)
    assert {rule.id for rule in RULES} == {rule.id for rule in defined}


def test_ids_and_questions_are_well_formed() -> None:
    """Ids are for ever and unique; every rule asks one question and names its source."""
    assert len({rule.id for rule in RULES}) == len(RULES) >= 40
    for rule in RULES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
        assert rule.asks.endswith("?")
        assert rule.source


def test_rules_hold_no_numbers() -> None:
    """No number but 0 and 1 (and the -1 of a sign) in a rule: numbers come from the book."""
    for path in sorted((CORE / "rules").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
                assert node.value in (0, 1), f"{path.name}:{node.lineno} holds {node.value}"


def test_rules_are_short_and_alike() -> None:
    """Every rule takes the same three parameters; none is longer than forty lines."""
    for path in sorted((CORE / "rules").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                assert [argument.arg for argument in node.args.args] == [
                    "request",
                    "patient",
                    "book",
                ]
                assert (node.end_lineno or 0) - node.lineno < 40, node.name


def test_the_core_is_pure() -> None:
    """Standard library only; no clock, no chance, no environment, no network, no file but books."""
    banned = {"random", "os", "time", "socket", "subprocess", "asyncio", "threading", "uuid"}
    for path in sorted(CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
                assert not names & banned, path.name
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in banned, path.name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "utcnow", "today"), f"{path.name}:{node.lineno}"
