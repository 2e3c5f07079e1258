"""What the house promises about itself, held by the machine."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from dispensing.migrations import MIGRATIONS, scripts

ROOT = Path(__file__).parents[1]
PACKAGES = ("dosing_rules", "audit", "integrations", "dispensing")
MOST_LINES = 400
MOST_FUNCTION_LINES = 70
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "handler"}

# Made-up numbers that tests and examples may show. Everything else that looks like a CPR number
# is suspected of being one.
ALLOWED_NUMBERS = frozenset({"0000000000", "1234567890", "0123456789"})

HAZARDS = frozenset(f"H{number:02}" for number in range(1, 28))


def python_files(*folders: str) -> list[Path]:
    found = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return sorted(file for file in found if "__pycache__" not in file.parts)


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


OURS = python_files(*PACKAGES, "tests", "benchmarks")


def test_files_stay_readable() -> None:
    # A migration is written once and never edited; it may list the whole schema.
    too_long = {
        named(file): lines
        for file in OURS
        if MIGRATIONS not in file.parents
        and (lines := len(file.read_text().splitlines())) > MOST_LINES
    }
    assert too_long == {}


def test_functions_stay_readable() -> None:
    too_long = {
        f"{named(file)}:{node.lineno} {node.name}": lines
        for file in OURS
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MOST_FUNCTION_LINES
    }
    assert too_long == {}


def test_files_are_named_after_things_of_the_domain() -> None:
    nameless = [
        named(file)
        for file in OURS
        if FORBIDDEN_NAMES & {*file.relative_to(ROOT).with_suffix("").parts}
        or FORBIDDEN_NAMES & set(file.stem.split("_"))
    ]
    assert nameless == []


def imported_by(file: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules.add(node.module)
    return modules


def test_the_core_stands_on_the_standard_library_alone() -> None:
    foreign = {
        f"{named(file)}: {module}"
        for file in python_files("dosing_rules")
        for module in imported_by(file)
        if module.split(".")[0] not in sys.stdlib_module_names | {"dosing_rules"}
    }
    assert foreign == set()


def test_the_core_knows_no_clock_no_chance_and_no_surroundings() -> None:
    """The same facts give the same verdict, today and in ten years."""
    impure = {
        *("random", "secrets", "uuid", "time", "os", "socket", "subprocess", "threading"),
        *("asyncio", "urllib", "http", "sqlite3", "locale", "platform", "tempfile", "shutil"),
    }
    found = {
        f"{named(file)}: {module}"
        for file in python_files("dosing_rules")
        for module in imported_by(file)
        if module.split(".")[0] in impure
    }
    for file in python_files("dosing_rules"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                found.add(f"{named(file)}:{node.lineno} .{node.attr}")
    assert found == set()


def test_the_core_imports_nothing_else_even_at_run_time() -> None:
    program = (
        "import sys, json; before = set(sys.modules); import dosing_rules;"
        "print(json.dumps(sorted({m.split('.')[0] for m in set(sys.modules) - before})))"
    )
    said = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r});{program}",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    loaded = set(json.loads(said)) - {"dosing_rules"}
    assert {name for name in loaded if name not in sys.stdlib_module_names} == set()


def test_every_hazard_named_by_a_test_is_one_of_the_log() -> None:
    """H01 to H27 are the hazard log; a slip in a number would hide a gap."""
    mentioned = {
        (named(file), hazard)
        for file in python_files("tests")
        if file != Path(__file__)
        for hazard in re.findall(r"\bH\d{2,}\b", docstrings(file))
    }
    assert {pair for pair in mentioned if pair[1] not in HAZARDS} == set()
    assert mentioned, "no test names any hazard"


def docstrings(file: Path) -> str:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)]
    return "\n".join(ast.get_docstring(node) or "" for node in nodes)


def test_the_four_packages_are_ours_in_this_environment() -> None:
    """`audit` and `integrations` are common names: another distribution must not own them too."""
    owners = metadata.packages_distributions()
    foreign = {
        package: sorted(set(owners.get(package, [])) - {"dispensing"}) for package in PACKAGES
    }
    assert foreign == {package: [] for package in PACKAGES}
    for package in PACKAGES:
        module = __import__(package)
        assert Path(module.__file__ or "").resolve().is_relative_to(ROOT), package


def test_migrations_are_one_line_in_the_order_of_their_names() -> None:
    history = scripts()
    assert len(history.get_heads()) == 1
    assert len(history.get_bases()) == 1
    in_order = [step.revision for step in history.walk_revisions()][::-1]
    by_name = []
    for file in sorted(MIGRATIONS.glob("[0-9]*.py")):
        named_right = re.fullmatch(r"\d{4}-\d{2}-\d{2}-(\d{4}_[a-z0-9_]+)", file.stem)
        assert named_right, f"{file.name}: name it YYYY-MM-DD-HHMM_slug.py"
        by_name.append(named_right[1])
    assert by_name == in_order


@pytest.mark.parametrize("kind", ["py", "toml", "html", "md", "txt", "json", "jsonl", "po", "css"])
def test_no_number_that_may_be_somebodys_cpr(kind: str) -> None:
    """A birth date with four more digits: synthetic or not, it does not belong in the source."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", f"*.{kind}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    suspicious = set()
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if "vendor" in file.parts or not file.is_file():
            continue
        for number in re.findall(r"(?<![\w.-])\d{6}-?\d{4}(?![\w-]|\.\d)", file.read_text()):
            digits = number.replace("-", "")
            if digits not in ALLOWED_NUMBERS and may_be_cpr(digits):
                suspicious.add(f"{name}: {digits[:4]}…")
    assert suspicious == set()


def may_be_cpr(digits: str) -> bool:
    """Whether the first six digits are a date (replacement numbers add 60 to the day)."""
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91)
