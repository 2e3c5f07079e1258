"""What supply orders write in the ledger: of the person, and to the pharmacy without a name."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of, runs_of
from dispensing.treatment.supply.planning import Days, Terms


def supply_order_told(
    act: Act,
    change: str,
    *,
    supply: tuple[int, int],
    holder: int,
    terms: Terms,
    days: Days,
    stop_rules: Sequence[dict[str, Any]],
    book_id: str,
    reason: str,
    struck_out: Sequence[tuple[int, int]] = (),
) -> Entry:
    """A version of a supply order; ``supply`` is (id, version), ``change`` issued, changed, ended.

    ``begins`` and ``ends`` are runs of days, first and last of each; on those that begin
    ``terms.pharmacy_unit_id`` hands out to the person, while the right lies at ``holder``.
    """
    facts: dict[str, object] = {
        "supply": list(supply),
        "pharmacy": terms.pharmacy_unit_id,
        "holder": holder,
        "from_on": terms.from_on.isoformat(),
        "wanted_until": terms.wanted_until.isoformat() if terms.wanted_until else None,
        "until_on": days.until_on.isoformat(),
        "weekdays": sorted(terms.weekdays),
        "supervised_weekdays": sorted(terms.supervised_weekdays),
        "pickup_weekdays": sorted(terms.pickup_weekdays),
        "take_home_days": terms.take_home_days,
        "stop_rules": list(stop_rules),
        "book_id": book_id,
        "reason": reason,
        "begins": runs_of(days.begins),
        "ends": runs_of(days.ends),
    }
    if struck_out:
        facts["struck_out"] = [list(row) for row in struck_out]
    return entry_of(act, f"supply-order-{change}", facts)


def supply_changed_there(
    pharmacy: int, act: Act, *, change: str, supply_id: int, on: date | None = None
) -> Entry:
    """To the pharmacy: a supply order of this number was issued, changed or ended. Names nobody."""
    facts = {
        "at": act.at.isoformat(),
        "by_unit": act.unit_id,
        "change": change,
        "supply": supply_id,
    }
    return Entry(
        kind="supply-orders-changed",
        unit_id=pharmacy,
        actor_id=act.actor_id,
        on=on or act.on,
        facts=facts,
    )
