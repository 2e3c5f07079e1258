"""The tool itself: it makes the damages it should, and a few drawn by lot are all noticed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.damage import code_of, modules, mutants, sites
from tests.mutants.listed import listed

ROOT = Path(__file__).parents[2]
DRAWN = 40
SEED = 20261125
# Modules of which every mutant that lives is listed.
WHOLLY_LISTED = [f"rules.{name}" for name in ("body", "pregnancy", "prescription", "product")]

DAMAGED = {
    "a < 1": {"a <= 1", "a >= 1", "a < 2", "a < 0"},
    "a == b": {"a != b"},
    "a is None": {"a is not None"},
    "a in b": {"a not in b"},
    "a + b": {"a - b"},
    "a // b": {"a * b"},
    "not a": {"a"},
    "a and b": {"a or b", "a", "b"},
    "min(a, b)": {"max(a, b)"},
    "any(a)": {"all(a)"},
    "'word'": {"'word?'"},
    "True": {"False"},
    "Severity.DOCTOR": {"Severity.CONFIRM", "Severity.STOP"},
    "b if a else c": {"c if a else b", "b if not a else c"},
    "[x for x in a if x]": {"[x for x in a if True]"},
}


def damages(source: str) -> set[str]:
    """What becomes of a source, once for each damage."""
    found: set[str] = set()
    for number in range(len(list(sites(ast.parse(source))))):
        tree = ast.parse(source)
        list(sites(tree))[number].put()
        found.add(ast.unparse(ast.fix_missing_locations(tree)))
    return found


@pytest.mark.parametrize("expression", list(DAMAGED))
def test_an_expression_is_damaged(expression: str) -> None:
    """Boundaries, opposites, neighbours; nothing else, nothing left out."""
    wanted = {f"found = {damaged}" for damaged in DAMAGED[expression]}
    assert damages(f"found = {expression}") == wanted


def test_an_objection_is_damaged() -> None:
    """Its severity, its way on, who lifts it, each fact, each number."""
    rule = "def f():\n    return stop('way', limits=('a', 'b'), lifted_by='doctor', one=x, two=y)"
    said = {
        text.splitlines()[1].strip().replace("__import__('dosing_rules.rule', fromlist=['x']).", "")
        for text in damages(rule)
    }
    assert said == {
        "return None",
        "return doctor('way', limits=('a', 'b'), one=x, two=y)",
        "return stop('way?', limits=('a', 'b'), lifted_by='doctor', one=x, two=y)",
        "return stop('way', limits=('b',), lifted_by='doctor', one=x, two=y)",
        "return stop('way', limits=('a',), lifted_by='doctor', one=x, two=y)",
        "return stop('way', limits=('a', 'b'), one=x, two=y)",
        "return stop('way', limits=('a', 'b'), lifted_by='doctor?', one=x, two=y)",
        "return stop('way', limits=('a', 'b'), lifted_by='doctor', two=y)",
        "return stop('way', limits=('a', 'b'), lifted_by='doctor', one=x)",
    }


def test_statements_defaults_and_heads_are_damaged() -> None:
    """Returns, raises, calls and steps of a loop removed; a default; a rule's id and ``only``."""
    source = (
        "@rule(id='an-id', asks='?', source='s', only='depot')\n"
        "def f(a, b=0):\n    'Said.'\n    for x in a:\n        if x:\n            continue\n"
        "        g(x)\n    raise Error('text')"
    )
    made = damages(source)
    assert len(made) == 8
    for part in ("another-rule", "only='methadone'", "b=1", "b=-1", "if not x", "pass"):
        assert any(part in one for one in made), part
    assert all('"""Said."""' in one for one in made)


def test_every_module_has_mutants_and_each_another_name() -> None:
    """A name is what the list of equivalent ones refers to."""
    names = [mutant.name for module in modules() for mutant in mutants(module)]
    assert len(names) == len(set(names)) > 5_000
    assert set(listed()) <= set(names)
    assert all(listed().values())
    code_of(mutants("rules.amount")[0])


def test_a_few_drawn_by_lot_are_noticed() -> None:
    """``make mutants`` in small: an unlisted mutant that lives ends it with an error."""
    program = [sys.executable, "-m", "tests.mutants", *WHOLLY_LISTED]
    program += ["--sample", str(DRAWN), "--seed", str(SEED)]
    ended = subprocess.run(
        [*program, "--people", "1000", "--without", "properties", "books"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "100.00% without" in ended.stdout.splitlines()[-3], ended.stdout
