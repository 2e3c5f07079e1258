"""The comparison notices: a number of the core's book moved by one step is a disagreement."""

from functools import cache
from pathlib import Path

import pytest

from dosing_rules import Change, Patient, check_prescription
from tests.reference import facts
from tests.reference.book import N
from tests.reference.prescribing import findings
from tests.reference.prescribing.drafts import draft
from tests.reference.prescribing.facts import change as core_change
from tests.reference.test_sensitive import one_on

DRAFTS = 20_000
COMPOSED = {
    *("methadone_restart_days", "buprenorphine_restart_days", "diacetylmorphine_missed_stop_days"),
    *("depot_weekly_late_days", "depot_monthly_late_days"),
    *("methadone_first_day_doctor_ug", "methadone_first_day_stop_ug"),
    *("buprenorphine_first_day_doctor_ug", "buprenorphine_first_day_stop_ug"),
}


def _used() -> list[str]:
    """The numbers the transcription reads."""
    files = Path(__file__).parent.glob("*.py")
    text = "".join(one.read_text("utf-8") for one in files if one.name != Path(__file__).name)
    return [
        name for name in N if (f'"{name}"' in text or name in COMPOSED) and type(N[name]) is int
    ]


@cache
def _asked() -> list[tuple[Change, Patient, set[tuple[str, str]]]]:
    drafts = [draft(number) for number in range(DRAFTS)]
    return [(core_change(c), facts.patient(p), findings(c, p)) for c, p in drafts]


def test_the_numbers_are_many() -> None:
    """Every number a prescribing rule compares with is moved below."""
    assert len(_used()) > 45


@pytest.mark.parametrize("name", _used())
def test_one_step_higher_is_noticed(name: str) -> None:
    """H11 H13: some of the first drafts already tell the difference."""
    book = one_on(name)
    for change, patient, expected in _asked():
        said = check_prescription(change, patient, book).findings
        if {(one.rule_id, one.severity.word) for one in said} != expected:
            return
    pytest.fail(f"{name} one step higher, and nobody noticed")
