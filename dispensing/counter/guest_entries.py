"""What guest rights write in the ledger: of the person, and to the unit that is concerned."""

from collections.abc import Mapping, Sequence
from datetime import date

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of, runs_of
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place


def guest_decided(
    act: Act, *, days: Sequence[date], holder: int, unit_id: int, reason: str
) -> Entry:
    """On these days ``unit_id`` hands out to the person; ``holder`` holds the right otherwise."""
    return entry_of(act, "guest-right-decided", _facts(days, holder, unit_id, reason))


def guest_withdrawn(
    act: Act,
    *,
    days: Sequence[date],
    holder: int,
    unit_id: int,
    reason: str,
    struck_out: Sequence[tuple[int, int]] = (),
) -> Entry:
    """On these days the right lies where it lies otherwise.

    ``struck_out``: the rows, as (serial, row), that somebody says are struck out on the paper.
    """
    facts = _facts(days, holder, unit_id, reason)
    struck = {"struck_out": [list(row) for row in struck_out]} if struck_out else {}
    return entry_of(act, "guest-right-withdrawn", facts | struck)


def guests_changed(
    unit_id: int, actor: Actor, place: Place, *, by_unit: int, days: Mapping[date, int]
) -> Entry:
    """To the other unit: so many guests more (or fewer) come on a day. It names nobody."""
    told = {day.isoformat(): change for day, change in sorted(days.items())}
    return Entry(
        kind="guests-changed",
        unit_id=unit_id,
        actor_id=actor.staff_id,
        on=place.on,
        facts={"at": place.at.isoformat(), "by_unit": by_unit, "days": told},
    )


def supply_days_over(act: Act, supply_id: int, pharmacy: int, *, days: Sequence[date]) -> Entry:
    """The right moved: these days at a pharmacy are no more, and the supply order with them."""
    facts = {
        "supply": [supply_id, None],
        "pharmacy": pharmacy,
        "reason": "retten er flyttet",
        "begins": list[list[str]](),
        "ends": runs_of(days),
    }
    return entry_of(act, "supply-order-ended", facts)


def supply_over_there(
    pharmacy: int, actor: Actor, place: Place, *, by_unit: int, supply_id: int
) -> Entry:
    """To the pharmacy: the supply order of this number ended. It names nobody."""
    return Entry(
        kind="supply-orders-changed",
        unit_id=pharmacy,
        actor_id=actor.staff_id,
        on=place.on,
        facts={
            "at": place.at.isoformat(),
            "by_unit": by_unit,
            "change": "ended",
            "supply": supply_id,
        },
    )


def _facts(days: Sequence[date], holder: int, unit_id: int, reason: str) -> dict[str, object]:
    return {
        "days": [day.isoformat() for day in sorted(days)],
        "holder": holder,
        "unit": unit_id,
        "reason": reason,
    }
