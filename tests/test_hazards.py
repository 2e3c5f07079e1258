"""Every hazard whose control is built is named by at least one automated test."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| (H\d\d) \|.*\| (built|to come) \|$", re.MULTILINE)


def hazards() -> dict[str, str]:
    """Hazard id to its state, from docs/hazards.md."""
    return dict(ROW.findall((ROOT / "docs" / "hazards.md").read_text()))


def named_in_tests() -> set[str]:
    """The hazard ids that docstrings and marks of the tests name."""
    own = Path(__file__)
    return {
        found
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != own
        for found in re.findall(r"\bH\d\d\b", path.read_text())
    }


def test_the_table_lists_every_hazard_once() -> None:
    assert list(hazards()) == [f"H{number:02d}" for number in range(1, 28)]


def test_every_built_hazard_is_named_by_a_test() -> None:
    built = {hazard for hazard, state in hazards().items() if state == "built"}
    assert built - named_in_tests() == set()


def test_tests_name_no_unknown_hazard() -> None:
    assert named_in_tests() - set(hazards()) == set()
