"""Recording what was found, offered or reviewed; the rules know it at the next check."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.counter.outcome import Outcome
from dispensing.errors import Unprocessable
from dispensing.treatment.deciding import READERS, Decided, Deciding, decide, words
from dispensing.treatment.due import ANSWERS, BY_DOCTOR, OF_TODAY, Answer, Kept, Kind
from dispensing.treatment.entries import care_recorded, monitoring_recorded
from dispensing.wiring import Wiring
from dosing_rules import Patient
from dosing_rules.plausible import MOST_FILTRATION_ML_PER_MINUTE, SHORTEST_QTC_MS

#: Whoever puts something off comes back to it.
LONGEST_WAIT_DAYS = 366
# Longer is a slip of the key; how long is too long, the rule book says.
MOST_QTC_MS = 900

RECORD = """
INSERT INTO monitoring (person_id, unit_id, kind, answer, found_on, qtc_ms, goal, note, next_on,
    filtration_ml_per_minute, breathing_disease, drinks_daily, recorded_by, recorded_at)
VALUES (%(person_id)s, %(unit_id)s, %(kind)s, %(answer)s, %(found_on)s, %(qtc_ms)s, %(goal)s,
    %(note)s, %(next_on)s, %(filtration_ml_per_minute)s, %(breathing_disease)s, %(drinks_daily)s,
    %(staff_id)s, %(at)s)
"""
#: One statement per column of ``care``: a column named by a value would be built, not written.
SET_CARE: Mapping[str, str] = {
    column: f"""
INSERT INTO care (person_id, {column}) VALUES (%(person_id)s, %({column})s)
ON CONFLICT (person_id) DO UPDATE SET {column} = excluded.{column}
"""
    for column in (
        *("reviewed_on", "ecg_on", "qtc_ms", "pregnant", "naloxone_on", "urine_on", "locked_box"),
        *("health_on", "filtration_ml_per_minute", "breathing_disease", "drinks_daily"),
    )
}
#: Kidneys, lungs and alcohol: told as a whole, so that what is not known is known as unknown.
OF_HEALTH = ("filtration_ml_per_minute", "breathing_disease", "drinks_daily")
NEWEST = """
SELECT coalesce(json_object_agg(n.kind, json_build_object('kind', n.kind, 'answer', n.answer,
    'found_on', n.found_on, 'next_on', n.next_on, 'qtc_ms', n.qtc_ms, 'goal', n.goal,
    'note', n.note, 'filtration_ml_per_minute', n.filtration_ml_per_minute,
    'breathing_disease', n.breathing_disease, 'drinks_daily', n.drinks_daily,
    'recorded_by', left(s.given_name, 1) || '. ' || s.family_name)), '{}')::text
FROM (SELECT DISTINCT ON (w.kind) w.* FROM person p JOIN monitoring w
        ON w.person_id = ANY (p.person_id || p.also_ids) WHERE p.person_id = %(person_id)s
    ORDER BY w.kind, w.monitoring_id DESC) n JOIN staff s ON s.staff_id = n.recorded_by
"""
HISTORY = """
SELECT coalesce(json_agg(json_build_object('kind', n.kind, 'answer', n.answer,
    'found_on', n.found_on, 'next_on', n.next_on, 'qtc_ms', n.qtc_ms, 'goal', n.goal,
    'note', n.note, 'filtration_ml_per_minute', n.filtration_ml_per_minute,
    'breathing_disease', n.breathing_disease, 'drinks_daily', n.drinks_daily,
    'recorded_by', left(s.given_name, 1) || '. ' || s.family_name)
    ORDER BY n.monitoring_id DESC), '[]')::text
FROM (SELECT w.* FROM person p JOIN monitoring w
        ON w.person_id = ANY (p.person_id || p.also_ids) WHERE p.person_id = %(person_id)s
    ORDER BY w.monitoring_id DESC LIMIT 50) n JOIN staff s ON s.staff_id = n.recorded_by
"""
KEPT = msgspec.json.Decoder(dict[Kind, Kept])
_HISTORY = msgspec.json.Decoder(tuple[Kept, ...])


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody found or was answered. ``found_on``: the day of the finding, None for today."""

    kind: Kind
    answer: Answer
    found_on: date | None = None
    qtc_ms: int | None = None
    goal: str | None = None
    note: str | None = None
    next_on: date | None = None
    filtration_ml_per_minute: int | None = None
    breathing_disease: bool | None = None
    drinks_daily: bool | None = None


async def record(wiring: Wiring, token: str, person_id: int, finding: Finding, key: str) -> Outcome:
    """Record a finding; a doctor those ``BY_DOCTOR``, nurses the rest as well.

    Raises Unprocessable (the field says which) and what ``decide`` raises. A finding older than
    the one known is kept and changes nothing that the rules ask.
    """

    def build(case: Deciding) -> Decided:
        if finding.kind in BY_DOCTOR:
            case.actor.must_be("doctor")
        kept = checked(finding, case.desk.on)
        facts = msgspec.to_builtins(kept)
        statements = [(RECORD, case.signed | facts)]
        changes = care_of(kept, case.desk.patient)
        told = [monitoring_recorded(case.act(), facts)]
        if changes:
            who = {"person_id": case.desk.person_id}
            statements += [(SET_CARE[name], who | {name: new}) for name, new in changes.items()]
            told.append(care_recorded(case.act(1), changes))
        return Decided(tuple(statements), tuple(told))

    return await decide(
        wiring, token, person_id, key, "record finding", finding, build, roles=READERS
    )


def checked(finding: Finding, today: date) -> Finding:
    """The finding with its day, as it may be kept. Raises Unprocessable."""
    if finding.answer not in ANSWERS[finding.kind]:
        raise Unprocessable("this is no answer to that", field="answer")
    found_on = finding.found_on or today
    if found_on > today:
        raise Unprocessable("a finding lies not ahead", field="found_on")
    if finding.kind in OF_TODAY and found_on != today:
        raise Unprocessable("this is signed as it stands today", field="found_on")
    is_ecg = finding.kind == "ecg" and finding.answer == "done"
    if is_ecg != (finding.qtc_ms is not None):
        raise Unprocessable("an ECG has its QTc, and nothing else has one", field="qtc_ms")
    if finding.qtc_ms is not None and not SHORTEST_QTC_MS <= finding.qtc_ms <= MOST_QTC_MS:
        raise Unprocessable("no heart has this QTc", field="qtc_ms")
    _health_checked(finding)
    waits = finding.answer in ("declined", "put_off")
    note = words(finding.note, "note", needed=waits or finding.answer == "not_relevant")
    urine = finding.kind == "urine" and not waits
    if finding.next_on is None:
        if waits:
            raise Unprocessable("say when it is asked about again", field="next_on")
    elif not 0 < (finding.next_on - today).days <= LONGEST_WAIT_DAYS:
        raise Unprocessable("a day to come, within a year", field="next_on")
    return replace(
        finding, found_on=found_on, note=note, goal=words(finding.goal, "goal", needed=urine)
    )


def _health_checked(finding: Finding) -> None:
    """Kidneys, lungs and alcohol stand with the finding of that name. Raises Unprocessable."""
    told = any([getattr(finding, name) is not None for name in OF_HEALTH])
    if told and (finding.kind, finding.answer) != ("health", "done"):
        raise Unprocessable("this belongs to kidneys, lungs and alcohol", field=OF_HEALTH[0])
    if not told and (finding.kind, finding.answer) == ("health", "done"):
        raise Unprocessable("say what is known of one of them", field=OF_HEALTH[0])
    filtration = finding.filtration_ml_per_minute
    if filtration is not None and not 0 < filtration <= MOST_FILTRATION_ML_PER_MINUTE:
        raise Unprocessable("no kidneys filter so much", field=OF_HEALTH[0])


def care_of(kept: Finding, patient: Patient) -> dict[str, object]:
    """What the rules know from now on: columns of ``care``. Nothing, where something newer is."""
    if kept.answer in ("declined", "put_off"):
        return {}
    if kept.kind == "review":
        return {"reviewed_on": kept.found_on}
    if kept.kind == "pregnancy":
        return {"pregnant": kept.answer == "yes"}
    if kept.kind == "locked_box":
        return {"locked_box": kept.answer == "yes"}
    if kept.kind == "health":
        return {"health_on": kept.found_on, **{name: getattr(kept, name) for name in OF_HEALTH}}
    assert kept.found_on is not None, "checked"
    if kept.kind == "naloxone":
        known = patient.naloxone_on
        return {} if known is not None and known > kept.found_on else {"naloxone_on": kept.found_on}
    if kept.kind == "urine":
        known = patient.urine_on
        return {} if known is not None and known > kept.found_on else {"urine_on": kept.found_on}
    if kept.kind == "ecg" and not (patient.ecg_on is not None and patient.ecg_on > kept.found_on):
        return {"ecg_on": kept.found_on, "qtc_ms": kept.qtc_ms}
    return {}


async def newest(connection: AsyncConnection[Any], person_id: int) -> Mapping[Kind, Kept]:
    """The newest record of each kind. The caller has asked who may see it."""
    row = await (await connection.execute(NEWEST, {"person_id": person_id})).fetchone()
    return KEPT.decode(row[0]) if row else {}


async def history(connection: AsyncConnection[Any], person_id: int) -> tuple[Kept, ...]:
    """The latest records, newest first. The caller has asked who may see it."""
    row = await (await connection.execute(HISTORY, {"person_id": person_id})).fetchone()
    return _HISTORY.decode(row[0]) if row else ()
