"""What sign-ins and switches write: in the unit's chain of views, where every look-up stands too.

They concern no person, and the live lists of the counters do not wake for them.
"""

from collections.abc import Mapping
from datetime import date, datetime

from audit.ledger.entry import Entry


def _entry(
    kind: str, unit_id: int, staff_id: int, on: date, at: datetime, facts: Mapping[str, object]
) -> Entry:
    return Entry(
        kind=kind,
        unit_id=unit_id,
        actor_id=staff_id,
        on=on,
        facts={"at": at.isoformat(), **facts},
    )


def signed_in(
    unit_id: int, staff_id: int, on: date, at: datetime, *, how: str, counter_id: int | None
) -> Entry:
    """A full sign-in: ``how`` is ``password`` or ``oidc``."""
    return _entry("staff-signed-in", unit_id, staff_id, on, at, {"how": how, "counter": counter_id})


def switched(
    unit_id: int,
    staff_id: int,
    on: date,
    at: datetime,
    *,
    how: str,
    counter_id: int | None,
    before: int | None,
) -> Entry:
    """Somebody took a screen over inside an open shift, by ``card`` or ``pin``; from whom."""
    facts = {"how": how, "counter": counter_id, "from": before}
    return _entry("staff-switched", unit_id, staff_id, on, at, facts)


def pin_set(unit_id: int, staff_id: int, on: date, at: datetime) -> Entry:
    """The person chose a new PIN."""
    return _entry("staff-pin-set", unit_id, staff_id, on, at, {})


def pin_blocked(unit_id: int, staff_id: int, on: date, at: datetime) -> Entry:
    """So many wrong PINs that only a full sign-in helps."""
    return _entry("staff-pin-blocked", unit_id, staff_id, on, at, {})
