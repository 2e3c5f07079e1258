"""What every move of the right ends: the coming days as another unit's guest, or at a pharmacy."""

from collections.abc import Sequence
from typing import Any

from audit.ledger.entry import Entry
from dispensing.acts import Act
from dispensing.counter import guest_entries
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place

# SQLSTATE of the function that moves the right.
CANNOT_MOVE = "DS012"
# Whom the database writes down for the guests' days that end with the move.
MOVED_BY = "SELECT set_config('app.moved_by', %(staff_id)s::text, true)"
GUESTS_ENDED = """
SELECT from_unit_id, unit_id, array_agg(day ORDER BY day) AS days, withdrawn_reason AS reason,
    NULL::bigint AS supply_id
FROM guest_right
WHERE person_id = %(person_id)s AND withdrawn_at = transaction_timestamp()
GROUP BY from_unit_id, unit_id, withdrawn_reason
UNION ALL
SELECT from_unit_id, unit_id, array_agg(day ORDER BY day), ended_reason, supply_id
FROM supply_day
WHERE person_id = %(person_id)s AND ended_at = transaction_timestamp()
GROUP BY from_unit_id, unit_id, ended_reason, supply_id ORDER BY unit_id
"""


def guests_over(
    found: dict[str, Any],
    actor: Actor,
    place: Place,
    ended: Sequence[dict[str, Any]],
    after: int = 1,
) -> tuple[list[Entry], tuple[tuple[int, Entry], ...]]:
    """The entries of guest days that end with the right: the person's, and the other units'.

    ``after`` counts the act's entries of the person before these.
    """
    own: list[Entry] = []
    elsewhere: list[tuple[int, Entry]] = []
    for number, one in enumerate(ended, start=after):
        of, days, unit_id = act_of(found, actor, place, number), one["days"], one["unit_id"]
        if one["supply_id"] is not None:
            own.append(guest_entries.supply_days_over(of, one["supply_id"], unit_id, days=days))
            told = guest_entries.supply_over_there(
                unit_id, actor, place, by_unit=actor.unit_id, supply_id=one["supply_id"]
            )
            elsewhere.append((unit_id, told))
            continue
        own.append(
            guest_entries.guest_withdrawn(
                of, days=days, holder=one["from_unit_id"], unit_id=unit_id, reason=one["reason"]
            )
        )
        fewer = dict.fromkeys(days, -1)
        told_there = guest_entries.guests_changed(
            unit_id, actor, place, by_unit=actor.unit_id, days=fewer
        )
        elsewhere.append((unit_id, told_there))
    return own, tuple(elsewhere)


def act_of(found: dict[str, Any], actor: Actor, place: Place, after: int = 0) -> Act:
    """The act at a person, as entries are built from it; ``after`` counts its entries before."""
    return Act(
        found["person_id"],
        found["event_seq"] + 1 + after,
        actor.unit_id,
        actor.staff_id,
        place.on,
        place.at,
    )
