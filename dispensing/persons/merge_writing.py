"""What merging two records, and taking that back, writes. Pure but for sealing the entries."""

import json
from collections.abc import Sequence
from datetime import datetime

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor
from dispensing.persons import entries, store
from dispensing.persons import merge_store as merges
from dispensing.persons.joining import Joined
from dispensing.persons.merge_store import MergeRow, Record
from dispensing.unit_acts import Place, UnitWriting
from dispensing.wiring import Wiring


def _act(actor: Actor, place: Place, record: Record, number: int = 1) -> Act:
    return Act(
        record.person_id,
        record.event_seq + number,
        actor.unit_id,
        actor.staff_id,
        place.on,
        place.at,
    )


def merged(
    wiring: Wiring,
    actor: Actor,
    place: Place,
    merge_id: int,
    survivor: Record,
    absorbed: Record,
    joined: Joined,
    why: str,
) -> UnitWriting:
    """What a merge writes: the doses' moves, the records' standing, the entries of both."""
    findings = [one.as_dict() for one in joined.double_doses]
    moved = _moved(joined)
    told: list[Entry] = [
        entries.person_merged(
            _act(actor, place, survivor),
            merge_id=merge_id,
            absorbed_id=absorbed.person_id,
            reason=why,
            moved=moved,
            findings=findings,
        )
    ]
    if findings:
        second = _act(actor, place, survivor, 2)
        told.append(entries.double_dose_found(second, merge_id=merge_id, findings=findings))
    shared = {
        "merge_id": merge_id,
        "survivor_id": survivor.person_id,
        "absorbed_id": absorbed.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "at": place.at,
        "on": place.on,
        "reason": why,
        "findings": json.dumps(findings),
        "before": json.dumps(_before(survivor, absorbed, joined)),
        "also_ids": [*survivor.also_ids, absorbed.person_id, *absorbed.also_ids],
    }
    gone = entries.person_absorbed(
        _act(actor, place, absorbed),
        merge_id=merge_id,
        survivor_id=survivor.person_id,
        ended_on=place.on,
    )
    statements = [
        *merges.dose_statements(joined, shared),
        (merges.ABSORB, shared),
        (merges.SURVIVE, shared),
        (merges.RECORD_MERGE, shared),
        *_advance(survivor, len(told)),
        *_advance(absorbed, 1),
        _in_own_chain(wiring, gone, absorbed),
    ]
    answer = {
        "merge_id": merge_id,
        "survivor_id": survivor.person_id,
        "absorbed_id": absorbed.person_id,
        "double_doses": findings,
    }
    return UnitWriting(answer, tuple(statements), tuple(told), 201)


def _moved(joined: Joined) -> list[tuple[int, str, int, int]]:
    """The doses that move: reservation, day, part before, part after."""
    return [
        (one.dose.reservation_id, one.dose.for_day.isoformat(), one.dose.part, one.part)
        for one in joined.moved
    ]


def _before(survivor: Record, absorbed: Record, joined: Joined) -> dict[str, object]:
    """What taking the merge back needs: how both stood, and each dose with its interval."""
    return {
        "ended_on": absorbed.ended_on.isoformat() if absorbed.ended_on else None,
        "survivor_also": survivor.also_ids,
        "absorbed_also": absorbed.also_ids,
        "moved": [
            [*row, *(_iso(moment) for moment in (one.dose.begins, one.dose.ends))]
            for row, one in zip(_moved(joined), joined.moved, strict=True)
        ],
    }


def unmerged(
    wiring: Wiring,
    actor: Actor,
    place: Place,
    row: MergeRow,
    survivor: Record,
    absorbed: Record,
    why: str,
) -> UnitWriting:
    """What taking a merge back writes."""
    moved = row.before["moved"]
    shared = {
        "merge_id": row.merge_id,
        "survivor_id": survivor.person_id,
        "absorbed_id": absorbed.person_id,
        "absorbed_also": row.before["absorbed_also"],
        "also_ids": row.before["survivor_also"],
        "ended_on": row.before["ended_on"],
        "staff_id": actor.staff_id,
        "at": place.at,
        "reason": why,
        "reservations": [one[0] for one in moved],
        "days": [one[1] for one in moved],
        "parts": [one[2] for one in moved],
        "olds": [one[3] for one in moved],
        "begins": [one[4] for one in moved],
        "ends": [one[5] for one in moved],
    }
    back = [(number, day, now, before) for number, day, before, now, _, _ in moved]
    told = entries.person_unmerged(
        _act(actor, place, survivor),
        merge_id=row.merge_id,
        absorbed_id=absorbed.person_id,
        reason=why,
        moved=back,
    )
    released = entries.person_released(
        _act(actor, place, absorbed), merge_id=row.merge_id, survivor_id=survivor.person_id
    )
    statements = [
        (merges.RELEASE, shared),
        (merges.RELEASE_OTHERS, shared),
        (merges.SURVIVE, shared),
        (merges.MOVE_BACK, shared),
        (merges.DAYS_BACK, shared),
        (merges.DAYS_LEFT, shared),
        (merges.RECORD_UNMERGE, shared),
        *_advance(survivor, 1),
        *_advance(absorbed, 1),
        _in_own_chain(wiring, released, absorbed),
    ]
    answer = {
        "merge_id": row.merge_id,
        "survivor_id": survivor.person_id,
        "absorbed_id": absorbed.person_id,
        "unmerged": True,
    }
    return UnitWriting(answer, tuple(statements), (told,))


def _advance(record: Record, count: int) -> Sequence[Statement]:
    return [(store.ADVANCE_PERSON, {"person_id": record.person_id, "count": count})]


def _in_own_chain(wiring: Wiring, entry: Entry, record: Record) -> Statement:
    """An entry in the chain of the record's own unit, whose list it changes."""
    return APPEND_SQL, append_parameters(wiring.seal(entry), record.clinical_chain)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
