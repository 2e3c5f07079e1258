"""Each step of a case: what was reported, the talk with the patient, the doctor's decision.

The text is for doctors. The counter learns one thing only: until when everything is taken here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection

from dispensing.acts import entry_of
from dispensing.counter.outcome import Outcome, Statement
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment.deciding import Decided, Deciding, Treated, decide, words
from dispensing.treatment.entries import care_recorded
from dispensing.wiring import Wiring
from dosing_rules import NO_MEASURE

Step = Literal["report", "talk", "decision"]
Source = Literal["police", "pharmacy", "staff", "relative", "other"]
#: A measure is looked at again within a year.
LONGEST_MEASURE_DAYS = 366

RECORD = """
INSERT INTO diversion (person_id, unit_id, step, source, happened_on, told, supervised_until_on,
    recorded_by, recorded_at)
VALUES (%(person_id)s, %(unit_id)s, %(step)s, %(source)s, %(happened_on)s, %(told)s,
    %(supervised_until_on)s, %(staff_id)s, %(at)s)
"""
MEASURE = """
INSERT INTO care (person_id, diversion_supervised_until_on) VALUES (%(person_id)s, %(until_on)s)
ON CONFLICT (person_id) DO UPDATE
    SET diversion_supervised_until_on = excluded.diversion_supervised_until_on
"""
STEPS = """
SELECT coalesce(json_agg(json_build_object('step', d.step, 'source', d.source,
    'happened_on', d.happened_on, 'told', d.told, 'supervised_until_on', d.supervised_until_on,
    'recorded_at', d.recorded_at,
    'recorded_by', left(s.given_name, 1) || '. ' || s.family_name)
    ORDER BY d.diversion_id DESC), '[]')::text
FROM person p JOIN diversion d ON d.person_id = ANY (p.person_id || p.also_ids)
JOIN staff s ON s.staff_id = d.recorded_by WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A step as written. ``supervised_until_on``: everything is taken here until then.

    A decision without it lifts a measure that is in force.
    """

    step: Step
    told: str
    happened_on: date | None = None
    source: Source | None = None
    supervised_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step as recorded."""

    step: Step
    source: Source | None
    happened_on: date
    told: str
    supervised_until_on: date | None
    recorded_at: datetime
    recorded_by: str


_STEPS = msgspec.json.Decoder(tuple[Recorded, ...])


async def record(wiring: Wiring, token: str, person_id: int, asked: Told, key: str) -> Outcome:
    """Record a step of the case; a decision sets or lifts the measure at once.

    Raises Unprocessable (the field says which) and what ``decide`` raises.
    """
    told = words(asked.told, "told")
    if (asked.source is not None) != (asked.step == "report"):
        raise Unprocessable("a report says where it came from", field="source")
    if asked.supervised_until_on is not None and asked.step != "decision":
        raise Unprocessable("only a decision sets a measure", field="supervised_until_on")

    def build(case: Deciding) -> Decided:
        today = case.desk.on
        happened_on = asked.happened_on or today
        if happened_on > today or (asked.step == "decision" and happened_on != today):
            raise Unprocessable("what happened lies not ahead", field="happened_on")
        until_on = asked.supervised_until_on
        if until_on is not None and not 0 <= (until_on - today).days <= LONGEST_MEASURE_DAYS:
            raise Unprocessable("from today, within a year", field="supervised_until_on")
        row = {
            "step": asked.step,
            "source": asked.source,
            "happened_on": happened_on,
            "told": told,
            "supervised_until_on": until_on,
        }
        spelled = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
        }
        statements: list[Statement] = [(RECORD, case.signed | row)]
        entries = [entry_of(case.act(), "diversion-recorded", spelled)]
        if asked.step == "decision":
            measure = until_on or NO_MEASURE
            who = {"person_id": case.desk.person_id, "until_on": measure}
            statements.append((MEASURE, who))
            entries.append(care_recorded(case.act(1), {"diversion_supervised_until_on": measure}))
        return Decided(tuple(statements), tuple(entries))

    return await decide(
        wiring, token, person_id, key, "record diversion", asked, build, after_course=True
    )


def may_read(seen: Treated) -> bool:
    """Whether the actor reads the text: a doctor of the unit that treats, of no other."""
    return seen.actor.role == "doctor" and seen.desk.enrolled_unit_id == seen.actor.unit_id


async def load_steps(connection: AsyncConnection[Any], seen: Treated) -> tuple[Recorded, ...]:
    """The case, newest step first, of merged records too. Raises Conflict for another unit."""
    if not may_read(seen):
        raise Conflict("doctors of the unit that treats read it", slug="treated-elsewhere")
    row = await (await connection.execute(STEPS, {"person_id": seen.desk.person_id})).fetchone()
    return _STEPS.decode(row[0]) if row else ()
