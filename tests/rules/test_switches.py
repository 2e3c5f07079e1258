"""What the service cannot record yet: borne while its switch is off, its worst answer once on."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dosing_rules import (
    Health,
    HomeSafety,
    Session,
    Severity,
    Vomit,
    check_dispensing,
    check_prescription,
    load_book,
)
from tests.spec.drafts import DRAFTS
from tests.spec.findings import said
from tests.spec.standard import BASES, patient, request
from tests.spec.table import Case

BOOK = load_book("dk-crk-2026")
# Switch: the base patient it concerns, and the rules that object once it is on.
SWITCHES = {
    "requires_medicine_list": ("standard", {"opioid-antagonist": Severity.STOP}),
    "requires_home_safety": (
        "take-home",
        {"home-without-locked-box": Severity.CONFIRM},
    ),
    "requires_health": (
        "standard",
        {
            "breathing-disease": Severity.DOCTOR,
            "weak-kidneys": Severity.CONFIRM,
            "sedating-medicines": Severity.CONFIRM,
        },
    ),
    "requires_session_record": (
        "heroin",
        {
            "too-many-attempts": Severity.STOP,
            "observed-after-attempt": Severity.STOP,
            "session-not-followed-up": Severity.STOP,
        },
    ),
    "requires_loss_record": ("standard", {"lost-dose-replaced": Severity.STOP}),
}

# One line for each switch and rule: everything its finding says.
SAID = dict(
    line.split(": ", 1)
    for line in Path(__file__).with_name("switched.txt").read_text("utf-8").splitlines()
)


@pytest.mark.parametrize("base", list(BASES))
def test_all_switches_are_off_in_the_danish_book(base: str) -> None:
    """An ordinary person with none of these recorded is handed the dose without a word."""
    assert all(getattr(BOOK, switch) is False for switch in SWITCHES)
    assert check_dispensing(*BASES[base](), BOOK).findings == ()


@pytest.mark.parametrize("switch", list(SWITCHES))
def test_switched_on_a_missing_record_counts_as_its_worst_answer(switch: str) -> None:
    """H11 H12 H13: nothing recorded, and the book asks for it."""
    base, expected = SWITCHES[switch]
    book = replace(BOOK, **{switch: True})
    found = check_dispensing(*BASES[base](), book).findings
    assert {one.rule_id: one.severity for one in found} == expected


@pytest.mark.parametrize("told", list(SAID))
def test_what_a_missing_record_says(told: str) -> None:
    """Way on, who lifts it, the facts, and the numbers that took part."""
    switch, rule_id = told.split()
    book = replace(BOOK, **{switch: True})
    found = check_dispensing(*BASES[SWITCHES[switch][0]](), book).findings
    [one] = [finding for finding in found if finding.rule_id == rule_id]
    assert said(Case(rule_id, "", (), "", "", ""), one).partition("] ")[2] == SAID[told]


def test_switched_on_what_is_recorded_and_well_says_nothing() -> None:
    """Everything recorded, every switch on: silence again."""
    book = replace(BOOK, **dict.fromkeys(SWITCHES, True))
    for base in BASES.values():
        asked, person = base()
        person = replace(
            person,
            medicines=(),
            home_safety=HomeSafety(naloxone_kit=True, locked_box=True),
            health=Health(90, breathing_disease=False, drinks_daily=False),
            session=Session(failed_attempts=0, last_attempt_at=None, assessed_after=True),
            losses=(),
        )
        assert check_dispensing(asked, person, book).findings == ()


def test_switched_on_the_prescriber_is_asked_too() -> None:
    """Lungs and kidneys that nobody recorded, before methadone is written."""
    book = replace(BOOK, requires_health=True)
    found = check_prescription(*DRAFTS["renewal"]().built(), book).findings
    assert {one.rule_id for one in found} == {
        "order-with-breathing-disease",
        "order-with-weak-kidneys",
        "order-with-sedating",
    }


def test_a_missing_list_of_medicines_stops_who_writes() -> None:
    """H12 H13: until a reasoned decision; the switch takes part as the number it is."""
    book = replace(BOOK, requires_medicine_list=True)
    change, person = DRAFTS["renewal"]().built()
    [one] = check_prescription(change, replace(person, medicines=None), book).findings
    assert (one.rule_id, one.severity, one.way_on) == (
        "medicine-list-missing",
        Severity.STOP,
        "write-reason",
    )
    assert (one.liftable_by, one.facts) == ("doctor", {"unread_count": None})
    assert [limit.name for limit in one.limits] == ["requires_medicine_list"]


def test_a_draft_of_nothing_is_on_no_card() -> None:
    """Nothing is written, so there is nothing to keep in the medication card."""
    change, person = DRAFTS["renewal"]().built()
    nothing = replace(change, new=None, sedative=None, on_medication_card=False)
    found = check_prescription(nothing, person, BOOK).findings
    assert "order-not-on-medication-card" not in {one.rule_id for one in found}


@pytest.mark.parametrize(
    "facts",
    [
        {"last_swallowed_at": datetime(1970, 1, 1, tzinfo=UTC)},
        {"vomits": (Vomit(datetime(1970, 1, 1, tzinfo=UTC), 10, witnessed=True),)},
        {"ecg_on": date(1900, 1, 1)},
    ],
)
def test_a_moment_that_cannot_be_true_stops(facts: dict) -> None:
    """H06: what programs write for nothing is a lost fact, in moments as in days."""
    found = check_dispensing(request(), patient(**facts), BOOK).findings
    assert "record-impossible" in {one.rule_id for one in found}


def test_an_identifier_nobody_knows_is_none() -> None:
    """H07: two known ones are enough beside a word that means nothing; one is not."""
    garbled = frozenset({"birth_date", "photo", "shoe_size"})
    assert check_dispensing(request(identifiers=garbled), patient(), BOOK).findings == ()
    one = frozenset({"birth_date", "shoe_size"})
    found = check_dispensing(request(identifiers=one), patient(), BOOK).findings
    assert [one.rule_id for one in found] == ["identity-not-confirmed"]
    nothing = frozenset({"shoe_size", "?"})
    found = check_dispensing(request(identifiers=nothing), patient(), BOOK).findings
    assert [one.rule_id for one in found] == ["identity-not-confirmed"]


@pytest.mark.parametrize("how", ["", "?", "posted"])
def test_a_way_of_giving_nobody_knows_is_refused(how: str) -> None:
    """H06: neither swallowed here nor taken home."""
    doses = tuple(replace(dose, how=how) for dose in request().doses)
    found = check_dispensing(request(doses=doses), patient(), BOOK).findings
    assert "amount-not-positive" in {one.rule_id for one in found}
