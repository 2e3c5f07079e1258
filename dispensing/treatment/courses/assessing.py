"""The doctor's assessment and plan of a course, and the address: each newest record counts."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from dispensing.counter.outcome import Outcome
from dispensing.errors import Unprocessable
from dispensing.treatment.courses import entries
from dispensing.treatment.courses.running import Frame, decide_in_course
from dispensing.treatment.deciding import READERS, Decided, Deciding, words
from dispensing.treatment.entries import care_recorded
from dispensing.treatment.monitoring import LONGEST_WAIT_DAYS, SET_CARE
from dispensing.wiring import Wiring

Tolerance = Literal["daily", "reduced", "unknown"]
Allergies = Literal["none", "known", "unknown"]
Pregnancy = Literal["yes", "no", "not_asked"]
#: ICD-10: mental and behavioural disorders due to psychoactive substances.
DIAGNOSIS = re.compile(r"F1[0-9](\.[0-9]{1,2})?")

RECORD_ASSESSMENT = """
INSERT INTO assessment (person_id, unit_id, diagnosis, wish, tried, tolerance, tolerance_note,
    allergies, allergies_note, risks, pregnancy, assessed_by, assessed_at)
VALUES (%(person_id)s, %(unit_id)s, %(diagnosis)s, %(wish)s, %(tried)s, %(tolerance)s,
    %(tolerance_note)s, %(allergies)s, %(allergies_note)s, %(risks)s, %(pregnancy)s, %(staff_id)s,
    %(at)s)
"""
RECORD_PLAN = """
INSERT INTO treatment_plan (person_id, unit_id, aim, agreements, review_on, planned_by, planned_at)
VALUES (%(person_id)s, %(unit_id)s, %(aim)s, %(agreements)s, %(review_on)s, %(staff_id)s, %(at)s)
"""
WRITE_ADDRESS = """
INSERT INTO person_address (person_id, unit_id, protected, address, written_by, written_at)
VALUES (%(person_id)s, %(unit_id)s, %(protected)s, %(address)s, %(staff_id)s, %(at)s)
ON CONFLICT (person_id) DO UPDATE SET unit_id = excluded.unit_id, protected = excluded.protected,
    address = excluded.address, written_by = excluded.written_by, written_at = excluded.written_at
"""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a doctor found before a course: the indication with what speaks for and against it.

    ``tried`` are alternatives, ``tolerance`` to opioids; other medicine is recorded elsewhere.
    """

    diagnosis: str
    wish: str
    tried: str
    tolerance: Tolerance
    allergies: Allergies
    pregnancy: Pregnancy
    tolerance_note: str | None = None
    allergies_note: str | None = None
    risks: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What treatment is for, what was agreed, and the day it is looked at again."""

    aim: str
    agreements: str
    review_on: date


async def assess(
    wiring: Wiring, token: str, person_id: int, found: Assessment, key: str
) -> Outcome:
    """Sign an assessment; a pregnancy that was asked about is known to the rules at once.

    Raises Unprocessable (the field says which), Conflict (``course-ended``), and as ``decide``.
    """
    kept = checked(found)
    facts = msgspec.to_builtins(kept)

    def build(case: Deciding, frame: Frame) -> Decided:
        statements = [(RECORD_ASSESSMENT, case.signed | facts)]
        told = [entries.assessment_signed(case.act(), facts)]
        if kept.pregnancy != "not_asked":
            care = {"pregnant": kept.pregnancy == "yes"}
            statements.append((SET_CARE["pregnant"], {"person_id": person_id} | care))
            told.append(care_recorded(case.act(1), care))
        return Decided(tuple(statements), tuple(told))

    return await decide_in_course(wiring, token, person_id, key, "assess", facts, build)


def checked(found: Assessment) -> Assessment:
    """The assessment as it may be kept. Raises Unprocessable."""
    diagnosis = found.diagnosis.strip().upper()
    if DIAGNOSIS.fullmatch(diagnosis) is None:
        raise Unprocessable("a diagnosis as in F11.2", field="diagnosis")
    wish, tried = words(found.wish, "wish"), words(found.tried, "tried")
    assert wish is not None and tried is not None, "needed"
    return Assessment(
        diagnosis,
        wish,
        tried,
        found.tolerance,
        found.allergies,
        found.pregnancy,
        words(found.tolerance_note, "tolerance_note", needed=False),
        words(found.allergies_note, "allergies_note", needed=found.allergies == "known"),
        words(found.risks, "risks", needed=False),
    )


async def plan(wiring: Wiring, token: str, person_id: int, asked: Plan, key: str) -> Outcome:
    """Sign a treatment plan. Raises as ``assess``."""
    aim, agreements = words(asked.aim, "aim"), words(asked.agreements, "agreements")
    assert aim is not None and agreements is not None, "needed"

    def build(case: Deciding, frame: Frame) -> Decided:
        review_on = asked.review_on
        if not 0 < (review_on - case.desk.on).days <= LONGEST_WAIT_DAYS:
            raise Unprocessable("a day to come, within a year", field="review_on")
        row = {"aim": aim, "agreements": agreements, "review_on": review_on}
        told = entries.plan_signed(case.act(), aim=aim, agreements=agreements, review_on=review_on)
        return Decided(((RECORD_PLAN, case.signed | row),), (told,))

    facts = [aim, agreements, asked.review_on]
    return await decide_in_course(wiring, token, person_id, key, "plan", facts, build)


async def write_address(
    wiring: Wiring, token: str, person_id: int, address: str | None, protected: bool, key: str
) -> Outcome:
    """Keep an address, or none: of a protected one nothing is kept, nor of the one before it.

    Raises Unprocessable for an address with protection, and as ``assess``.
    """
    kept = address_of(address, protected)

    def build(case: Deciding, frame: Frame) -> Decided:
        row = {"address": kept, "protected": protected}
        told = entries.address_written(case.act(), protected=protected, known=kept is not None)
        return Decided(((WRITE_ADDRESS, case.signed | row),), (told,))

    facts = [kept, protected]
    return await decide_in_course(
        wiring, token, person_id, key, "write address", facts, build, roles=READERS
    )


def address_of(address: str | None, protected: bool) -> str | None:
    """The address that may be kept. Raises Unprocessable."""
    kept = words(address, "address", needed=False)
    if protected and kept is not None:
        raise Unprocessable("of a protected address none is kept here", field="address")
    return kept
