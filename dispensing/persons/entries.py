"""What is written in the ledger about who a person is. Never a number, nor a hash of one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.people.sessions import Actor


def identifier_recorded(
    act: Act,
    *,
    identifier_id: int,
    kind: str,
    valid_from: date,
    warnings: Sequence[str],
    ended: Sequence[int],
) -> Entry:
    """A number was recorded for the person; ``ended`` are replacement numbers it takes over from.

    ``warnings`` were shown and looked at.
    """
    return entry_of(
        act,
        "identifier-recorded",
        {
            "identifier": identifier_id,
            "identifier_kind": kind,
            "valid_from": valid_from.isoformat(),
            "warnings": list(warnings),
            "ended": list(ended),
        },
    )


def identifier_withdrawn(act: Act, *, identifier_id: int, kind: str, reason: str) -> Entry:
    """The number was somebody else's: it finds the person no more and is not kept."""
    return entry_of(
        act,
        "identifier-withdrawn",
        {"identifier": identifier_id, "identifier_kind": kind, "reason": reason},
    )


def number_searched(actor: Actor, *, found: Sequence[int]) -> Entry:
    """Somebody searched by a number; kept is only whom it showed."""
    return Entry(
        kind="number-searched",
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "found": list(found)},
    )


def number_shown(actor: Actor, *, person_id: int, identifier_id: int, reason: str) -> Entry:
    """Somebody had a number shown in full, and why."""
    return Entry(
        kind="number-shown",
        person_id=person_id,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "identifier": identifier_id, "reason": reason},
    )


def number_keys_changed(
    unit_id: int, on: date, at: datetime, *, purpose: str, version: int, what: str, rows: int
) -> Entry:
    """A pepper or cipher key was begun or retired; ``rows`` numbers stood under it then."""
    return Entry(
        kind=f"number-key-{what}",
        unit_id=unit_id,
        on=on,
        facts={"at": at.isoformat(), "purpose": purpose, "version": version, "rows": rows},
    )


def person_merged(
    act: Act,
    *,
    merge_id: int,
    absorbed_id: int,
    reason: str,
    moved: Sequence[Sequence[object]],
    findings: Sequence[Mapping[str, object]],
) -> Entry:
    """Another record turned out to be this human's. ``moved`` are the doses that came along.

    Each as reservation, day, part before, part now; ``findings`` as in ``double_dose_found``.
    """
    return entry_of(
        act,
        "person-merged",
        {
            "merge": merge_id,
            "absorbed": absorbed_id,
            "reason": reason,
            "moved": [list(row) for row in moved],
            "findings": [dict(one) for one in findings],
        },
    )


def person_absorbed(act: Act, *, merge_id: int, survivor_id: int, ended_on: date) -> Entry:
    """The record stands for nobody of its own any more; who asks for it is led to the survivor."""
    return entry_of(
        act,
        "person-absorbed",
        {"merge": merge_id, "survivor": survivor_id, "ended_on": ended_on.isoformat()},
    )


def double_dose_found(
    act: Act, *, merge_id: int, findings: Sequence[Mapping[str, object]]
) -> Entry:
    """Adverse: for these days both records of one human had a dose."""
    return entry_of(
        act, "double-dose-found", {"merge": merge_id, "days": [dict(one) for one in findings]}
    )


def person_unmerged(
    act: Act, *, merge_id: int, absorbed_id: int, reason: str, moved: Sequence[Sequence[object]]
) -> Entry:
    """The two were not one human: what came along goes back, as in ``person_merged``."""
    return entry_of(
        act,
        "person-unmerged",
        {
            "merge": merge_id,
            "absorbed": absorbed_id,
            "reason": reason,
            "moved": [list(row) for row in moved],
        },
    )


def person_released(act: Act, *, merge_id: int, survivor_id: int) -> Entry:
    """The record stands on its own again."""
    return entry_of(act, "person-released", {"merge": merge_id, "survivor": survivor_id})


def person_compared(actor: Actor, *, person_id: int, other_id: int) -> Entry:
    """Somebody saw two records side by side, to decide whether they are one human."""
    return Entry(
        kind="person-compared",
        person_id=person_id,
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "other": other_id},
    )
