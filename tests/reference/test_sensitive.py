"""The comparison notices: a number of the core's book moved by one step is a disagreement.

The reference keeps reading the published file; the core is given a book with one number one
microgram, minute or day higher. A comparison that missed it would prove nothing about the number.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from dosing_rules import Patient, Request, RuleBook, check_dispensing
from dosing_rules.rulebook import RuleBookError, parse_book
from tests.reference import facts, findings
from tests.reference.book import N
from tests.reference.people import person
from tests.rules.books import changed, content

PEOPLE = 12_000
# Told in a text or a severity's words only: no finding depends on them.
ONLY_SAID = {
    "count_tolerance_ul",
    "sedation_emergency_poss",
    "vomit_replace_minutes",
    "vomit_replace_percent",
    "indkald_days",
    "indkald_interval_months",
    "indkald_observation_minutes",
    "restart_observation_minutes",
    "raised_dose_observation_minutes",
    "dissolve_minutes",
    "renal_severe_ml_per_minute",
    "sedating_confirm_count",
}

# Read by a name put together from the substance or the preparation.
_COMPOSED = re.compile(
    r"(methadone|buprenorphine)_(missed_(doctor|stop)|restart(_long)?)_days"
    r"|(methadone|buprenorphine)_(restart(_long)?|first_day_(doctor|stop))_ug"
    r"|diacetylmorphine_missed_stop_days"
    r"|depot_(weekly|monthly)_(ug|(window|late)_days)"
)


def _used() -> list[str]:
    """The numbers the transcription reads."""
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py"))
    used = [name for name in N if f'"{name}"' in text or _COMPOSED.fullmatch(name)]
    return [name for name in used if name not in ONLY_SAID and type(N[name]) is int]


_STEPS: dict[str, Callable[[int], tuple[str, str]]] = {
    "mg": lambda value: (f'"{value / 1000:.3f}"', '"mg"'),
    "ml": lambda value: (f'"{value / 1000:.3f}"', '"ml"'),
    "permille": lambda value: (f'"{value / 1000:.3f}"', '"permille"'),
    "hours": lambda value: (str(value), '"minutes"'),
}


def _moved(name: str, by: int) -> bytes:
    entry = content().decode().partition(f"[numbers.{name}]\n")[2]
    found = re.search(r'^unit = "(.*)"$', entry, flags=re.MULTILINE)
    assert found is not None
    unit = found.group(1)
    value, said = _STEPS.get(unit, lambda value: (str(value), f'"{unit}"'))(N[name] + by)
    return changed(name, value=value, unit=said)


def one_on(name: str) -> RuleBook:
    """The book with this number one step higher, or lower where higher is refused: two numbers
    would stand in the wrong order.
    """
    try:
        return parse_book(_moved(name, 1))
    except RuleBookError:
        return parse_book(_moved(name, -1))


@cache
def _asked() -> list[tuple[Request, Patient, set[tuple[str, str]]]]:
    people = [person(number) for number in range(PEOPLE)]
    return [(facts.request(q), facts.patient(p), findings(q, p)) for q, p in people]


@pytest.mark.parametrize("name", _used())
def test_one_step_higher_is_noticed(name: str) -> None:
    """Some of the first 12,000 people already tell the difference."""
    book = one_on(name)
    for request, patient, expected in _asked():
        said = check_dispensing(request, patient, book).findings
        if {(one.rule_id, one.severity.word) for one in said} != expected:
            return
    pytest.fail(f"{name} one step on, and nobody noticed")
