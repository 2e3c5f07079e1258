"""What stock writes in the ledger: one builder per kind of event, each holding all its rows hold.

The service and the generator of synthetic data both build their entries here. Places are written
as ``["bottle", id]`` or ``["holding", id]``; amounts are whole micrograms, signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from audit.ledger.entry import Entry
from dispensing.people.witness import Witness

Fact = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StockAct:
    """One act on stock: its number and kind, where, by whom, when; ``witness`` beside it."""

    act_id: int
    kind: str
    unit_id: int
    actor_id: int
    on: date
    at: datetime
    witness: Witness | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One signed change of one place: exactly one of bottle and holding."""

    delta_ug: int
    bottle_id: int | None = None
    holding_id: int | None = None

    @property
    def row(self) -> list[object]:
        """The move as a fact."""
        if self.bottle_id is not None:
            return ["bottle", self.bottle_id, self.delta_ug]
        return ["holding", self.holding_id, self.delta_ug]


def act_entry(act: StockAct, moves: Sequence[Move], facts: Fact) -> Entry:
    """The entry of an act on stock: ``stock-`` and its kind, its moves, and what is its own."""
    told: dict[str, object] = {
        "at": act.at.isoformat(),
        "act": act.act_id,
        "moves": [move.row for move in moves],
        **facts,
    }
    if act.reason is not None:
        told["reason"] = act.reason
    if act.witness is not None:
        told["witness"] = act.witness.staff_id
        told["witness_by"] = act.witness.by
        told["witnessed_at"] = act.witness.at.isoformat()
        told["seen_sha256"] = act.witness.seen_sha256.hex()
    return Entry(
        kind=f"stock-{act.kind}",
        unit_id=act.unit_id,
        actor_id=act.actor_id,
        on=act.on,
        facts=told,
    )


def packages(
    product_code: str, batch: tuple[int, str, date], gtin: str, package_ug: int, count: int
) -> dict[str, object]:
    """Facts about whole packages of one batch: (batch id, lot, expiry)."""
    batch_id, lot, expires_on = batch
    return {
        "product": product_code,
        "batch": [batch_id, lot, expires_on.isoformat()],
        "gtin": gtin,
        "package_ug": package_ug,
        "packages": count,
    }


def counted(
    *,
    unit_id: int,
    actor_id: int,
    on: date,
    at: datetime,
    count_id: int,
    place: tuple[str, int],
    shift: str,
    lines: Sequence[Sequence[object]],
) -> Entry:
    """A blind count. Lines are [line, "bottle" or "holding", id, counted, book, tolerance], ug."""
    return Entry(
        kind="stock-counted",
        unit_id=unit_id,
        actor_id=actor_id,
        on=on,
        facts={
            "at": at.isoformat(),
            "count": count_id,
            "place": list(place),
            "shift": shift,
            "lines": [list(line) for line in lines],
        },
    )


def batch_noted(
    *,
    unit_id: int,
    actor_id: int,
    on: date,
    at: datetime,
    batch_id: int,
    state: str,
    reason: str,
) -> Entry:
    """A batch was put aside, called back, or set free again."""
    return Entry(
        kind="stock-batch-noted",
        unit_id=unit_id,
        actor_id=actor_id,
        on=on,
        facts={"at": at.isoformat(), "batch": batch_id, "state": state, "reason": reason},
    )
