"""M7 is of those with an indication: what the doctor's assessment of the course says of it."""

import pytest

from tests.audit.medicinsk.by_hand import counts, day
from tests.audit.medicinsk.test_people_m7_to_m14 import newcomers


@pytest.mark.parametrize(
    ("diagnosis", "expected", "without"),
    [
        ("F11.22", (4, 1, 1), ()),
        # An opioid without dependence named, and several drugs, do not say it.
        ("F11.1", (3, 1, 2), ()),
        ("F19.2", (3, 1, 2), ()),
        ("F10.2", (3, 1, 1), (9,)),
    ],
)
def test_m7_is_of_those_with_an_indication(
    diagnosis: str, expected: tuple[int, int, int], without: tuple[int, ...]
) -> None:
    """The sector plan asks for every new patient with an indication, not for every new one."""
    ledger = newcomers()
    ledger.person(9, day(3, 9), before="never").assess(day(3, 9), diagnosis)
    ledger.people[9].offer(day(3, 9), "accepted")
    found = ledger.of("M7")
    assert counts(found.share("m7.offered")) == expected
    assert found.amount("m7.no-indication").people == without


def test_m7_without_an_assessment_of_the_course_it_is_unknown() -> None:
    ledger = newcomers()
    ledger.person(9, day(3, 9), before="never").offer(day(3, 9), "accepted")
    assert counts(ledger.of("M7").share("m7.offered")) == (3, 1, 2)
    # The newest assessment counts, as it was known on the audit date.
    ledger.people[9].assess(day(3, 10), "F10.2")
    ledger.people[9].assess(day(3, 11))
    ledger.people[9].assess(day(1, 2, 2027), "F10.2")
    assert counts(ledger.of("M7").share("m7.offered")) == (4, 1, 1)
