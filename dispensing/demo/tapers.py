"""Benzodiazepines of the synthetic people: a list, a plan at each review, a step now and then.

Oxazepam, because its two figures lie as far apart as the recorded loads do: so many milligrams of
it equal a third to two thirds of diazepam.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

from dispensing.acts import entry_of
from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Decider
from dispensing.demo.facts import facts_of
from dispensing.demo.rows import COLUMNS
from dispensing.demo.state import Person
from dispensing.treatment.sedatives.checking import Basis, check_steps, needs_reason, said_of
from dispensing.treatment.sedatives.entries import (
    item_rows,
    plan_row,
    sedatives_recorded,
    taper_agreed,
)
from dispensing.treatment.sedatives.load import Taken, load_of
from dispensing.treatment.sedatives.plan import Outline, Pace, steps_of
from dispensing.treatment.sedatives.proposing import Proposal
from dosing_rules import Prescriber

OXAZEPAM, OF_LOW = "N05BA04", 3
STRENGTHS_UG = (10_000, 15_000)
EVERY_DAYS = 28
SMALLER = "mindre trin end planens, aftalt"
COARSE = "tabletterne kan ikke mindre"


def renew_taper(clinic: Clinic, person: Person, by: Decider) -> None:
    """The list and the plan as they stand after a review; ``care`` holds the new figures."""
    care = person.care
    dose_ug = (care.sedatives_low_ug or 0) * OF_LOW
    before_ug, version = person.taper_ug, person.taper_version
    items = (Taken(OXAZEPAM, dose_ug, "ordered-here", person.enrolled_on),)
    if 0 < dose_ug < before_ug:
        _step(clinic, person, by, before_ug, dose_ug, items)
    else:
        act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
        clinic.note(by.unit_id, by.at, sedatives_recorded(act, items, None, None))
    load = load_of(items)
    version += 1
    signed = (by.on, load.low_ug, load.high_ug, None, by.actor_id, by.at)
    clinic.rows.add("sedative_list", person.person_id, version, by.unit_id, *signed)
    item = (1, OXAZEPAM, dose_ug, "ordered-here", person.enrolled_on)
    clinic.rows.add("sedative_item", person.person_id, version, by.unit_id, *item)
    person.taper_first_ug = person.taper_first_ug or dose_ug
    person.taper_ug, person.taper_version = dose_ug, version
    _plan(clinic, person, by)


def _step(
    clinic: Clinic,
    person: Person,
    by: Decider,
    before_ug: int,
    dose_ug: int,
    items: tuple[Taken, ...],
) -> None:
    """A step under the plan so far, by less than it says."""
    facts = {
        "before_ug": before_ug,
        "dose_ug": dose_ug,
        "reason": SMALLER,
        "plan": person.taper_version,
        "off_plan": True,
        "findings": [],
        "reached": False,
        "items": item_rows(items),
    }
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, entry_of(act, "taper-step-taken", facts))
    row = (by.on, before_ug, dose_ug, "decided", SMALLER, "[]", by.actor_id, by.at)
    clinic.rows.add(
        "taper_step",
        *(clinic.number("taper_step"), person.person_id, person.taper_version, by.unit_id, *row),
    )


def _plan(clinic: Clinic, person: Person, by: Decider) -> None:
    """What is left, laid out anew: a tenth of the first dose every four weeks."""
    first_on = by.on + timedelta(days=5 + person.person_id % 56)
    pace = Pace(10, "original", EVERY_DAYS)
    outline = Outline(
        person.taper_ug, person.taper_first_ug, 0, first_on, pace, None, STRENGTHS_UG, True
    )
    steps = steps_of(outline)
    basis = Basis(
        atc=OXAZEPAM,
        at=datetime.combine(by.on, time(9), UTC),
        prescriber=Prescriber(entitled=True, specialist=None),
        from_ug=outline.from_ug,
        original_ug=outline.original_ug,
        plan_on=by.on,
        taken_days=(by.on - person.enrolled_on).days,
        others=0,
        on_medication_card=True,
        agreed_with_patient=True,
    )
    patient = facts_of(person, by.on, clinic.unit_facts(by.unit_id, by.on))
    said = said_of(check_steps(basis, steps, patient, clinic.book))
    proposal = Proposal(OXAZEPAM, outline, steps, said, needs_reason([s.finding for s in said]))
    reason = COARSE if proposal.needs_reason else None
    row = plan_row(proposal, person.taper_version, 1, clinic.book.id, reason)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, taper_agreed(act, row, "agreed"))
    signed = {"agreed_on": by.on, "decided_by": by.actor_id, "decided_at": by.at}
    values: dict[str, object] = {"person_id": person.person_id, "unit_id": by.unit_id}
    values |= row | signed
    for document in ("pauses", "findings"):
        values[document] = json.dumps(values[document], ensure_ascii=False)
    clinic.rows.add("taper_plan", *[values[name] for name in COLUMNS["taper_plan"].split(", ")])
