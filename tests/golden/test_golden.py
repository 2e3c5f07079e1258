"""Harm that happened, and what must happen instead: each file also runs as ``dispensing check``.

Hazards: H03 after midnight, H04 repeat after an unclear answer, H07 wrong person, H08 wrong
strength, H09 ten-fold, H10 stale order, H11 after missed days, H12 intoxicated, H13 sedatives,
H14 pregnancy, H25 wrong preparation.
"""

import json
from pathlib import Path

import pytest

from dispensing.check_scenarios import answer_lines, run

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.json"))
FEWEST = 28


def test_the_scenarios_are_all_here() -> None:
    """None is lost when files move."""
    assert len(FILES) >= FEWEST


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_scenario(path: Path) -> None:
    """The verdict and the rules that must speak; the file is answered as the command answers it."""
    text = path.read_text(encoding="utf-8")
    expected = json.loads(text)["expect"]
    [answer] = [json.loads(line) for line in run(text.splitlines(keepends=True))]
    assert answer["name"] == path.stem.partition("-")[2]
    assert answer["verdict"]["severity"] == expected["severity"]
    found = {finding["rule_id"] for finding in answer["verdict"]["findings"]}
    assert set(expected["rules"]) <= found
    if expected["severity"] == "allow":
        assert not found


def ordinary() -> dict:
    """The ordinary scenario as data."""
    return json.loads((FOLDER / "01-ordinary.json").read_text(encoding="utf-8"))


def test_json_lines_are_answered_in_order_with_their_line() -> None:
    """Good and bad lines mixed: each has its answer, and a bad one ends nothing."""
    good = json.dumps(ordinary())
    lines = [good + "\n", "\n", "{not json\n", "[]\n", good + "\n", "{\n"]
    answers = [(json.loads(text), understood) for text, understood in answer_lines(lines)]
    assert [answer["line"] for answer, _ in answers] == [1, 3, 4, 5, 6]
    assert [understood for _, understood in answers] == [True, False, False, True, False]
    assert all("error" in answer for answer, understood in answers if not understood)
    assert answers[0][0]["book"] == "dk-crk-2026"
    assert len(answers[0][0]["book_sha256"]) == 64


@pytest.mark.parametrize(
    "break_it",
    [
        lambda raw: raw.pop("request"),
        lambda raw: raw.pop("patient"),
        lambda raw: raw["patient"].pop("qtc_ms"),
        lambda raw: raw["patient"].update(qtc="420"),
        lambda raw: raw.update(pateint={}),
        lambda raw: raw["request"].update(at="2026-11-24T07:30:00"),
        lambda raw: raw["patient"].update(last_swallowed_at="2026-11-23T07:30:00"),
        lambda raw: raw["request"].update(on="2026-02-30"),
        lambda raw: raw["request"]["doses"][0].update(amount_ug=80_000.5),
        lambda raw: raw["request"]["doses"][0].update(amount_ug="80,5"),
        lambda raw: raw["request"]["doses"][0].update(amount_ug=None),
        lambda raw: raw["request"]["doses"][0].update(how="injected"),
        lambda raw: raw["request"]["doses"][0].update(amount_mg=80),
        lambda raw: raw["patient"]["prescription"]["product"].update(substance="morphine"),
        lambda raw: raw["patient"].update(claims=[{"for_on": "2026-11-24"}]),
        lambda raw: raw.update(book="nowhere"),
        lambda raw: raw.update(book=["dk-crk-2026"]),
        lambda raw: raw.update(patient=[]),
    ],
)
def test_a_broken_scenario_is_an_error_never_an_allow(break_it) -> None:
    """H08 H09: misspelt, missing, impossible, of the wrong unit: an error naming the place."""
    raw = ordinary()
    break_it(raw)
    [(text, understood)] = answer_lines([json.dumps(raw)])
    assert not understood
    answer = json.loads(text)
    assert set(answer) == {"line", "error"}
    assert "Traceback" not in answer["error"]


@pytest.mark.parametrize("amount", [-1, 0, 10**30])
def test_negative_nothing_and_huge_are_stopped(amount: int) -> None:
    """H09: understood, and refused by a rule."""
    raw = ordinary()
    raw["request"]["doses"][0]["amount_ug"] = amount
    [text] = run([json.dumps(raw)])
    assert json.loads(text)["verdict"]["severity"] == "stop"


def test_facts_that_cannot_be_judged_are_an_error() -> None:
    """A day at the edge of the calendar has no week before it."""
    raw = ordinary()
    raw["request"]["on"] = "0001-01-01"
    raw["patient"]["steps"] = [{"on": "2026-11-20", "from_ug": 1, "to_ug": 2}]
    [(text, understood)] = answer_lines([json.dumps(raw)])
    assert not understood
    assert json.loads(text)["error"] == "the facts cannot be judged together"


def test_not_a_number_and_endless_text_are_errors() -> None:
    """What is no JSON, or too much of it, is refused before it is read into facts."""
    text = json.dumps(ordinary())
    for bad in (text.replace("80000", "NaN", 1), text[:-1], '"' + "x" * 1_000_001, "\ud800"):
        [(_, understood)] = answer_lines([bad])
        assert not understood
