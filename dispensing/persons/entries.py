"""What is written in the ledger about who a person is. Never a number, nor a hash of one."""

from collections.abc import Sequence
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
