"""What the documents claim is so: the verdict shown, the files named, the commands."""

import json
import re
from pathlib import Path

import pytest

from dispensing.check_scenarios import run
from dispensing.errors import problem_types
from dosing_rules import PRESCRIBING_RULES, RULES

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")],
    key=lambda path: path.as_posix(),
)


def test_the_verdict_in_the_readme_is_what_the_command_answers() -> None:
    """H11: a full dose after five days."""
    readme = (ROOT / "README.md").read_text()
    named = re.search(r"dispensing check (tests/golden/\S+\.json)", readme)
    shown = re.search(r"```json\n(.*?)```", readme, re.DOTALL)
    assert named is not None and shown is not None
    scenario = json.dumps(json.loads((ROOT / named.group(1)).read_text()))
    answer = json.loads(next(iter(run([scenario]))))
    assert json.loads(shown.group(1)) == answer["verdict"]["findings"][0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_a_document_links_to_exists(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_the_changelog_counts_the_rules_there_are() -> None:
    said = re.search(
        r"(\d+) rules at the counter and (\d+) for who", (ROOT / "CHANGELOG.md").read_text()
    )
    assert said is not None
    assert (int(said[1]), int(said[2])) == (len(RULES), len(PRESCRIBING_RULES))


def test_every_make_target_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^make ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_fits_on_a_screen() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 75


def test_problem_types_are_words() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in problem_types())
