"""Bottles at the counters: opened out of the cabinet when the last holds too little; emptied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispensing.demo.catalogue import BY_CODE, PREPARATIONS
from dispensing.demo.rows import Rows
from dispensing.demo.storeroom import Storeroom, packages_for

#: History's bottles are numbered above this; those that stand open this morning below it.
HISTORY_FROM = 10_000
MORNING_FROM = 1_000
STRIDE = 8
_LOT_DAYS = 91
_KEEPS_DAYS = 900


@dataclass(slots=True)
class Bottle:
    """An opened bottle or package."""

    bottle_id: int
    product_code: str
    opening_ug: int
    balance_ug: int
    opened_at: datetime
    batch_id: int
    #: Poured back; left standing, so that in no order of the day's acts a bottle holds too little.
    back_ug: int = 0


class Batches:
    """One lot of each preparation per quarter, known by its day."""

    def __init__(self, start: date, until: date) -> None:
        self._start = start
        self._quarters = (until - start).days // _LOT_DAYS + 1

    def batch_id(self, product_code: str, on: date) -> int:
        """The lot in use on a day."""
        index = list(BY_CODE).index(product_code)
        quarter = min(max((on - self._start).days // _LOT_DAYS, 0), self._quarters - 1)
        return index * self._quarters + quarter + 1

    def _day(self, batch_id: int) -> date:
        quarter = (batch_id - 1) % self._quarters
        return self._start + timedelta(days=quarter * _LOT_DAYS)

    def lot(self, batch_id: int) -> str:
        """The lot number printed on a batch."""
        return f"{self._day(batch_id):%y%m}-{batch_id:03d}"

    def expires_on(self, batch_id: int) -> date:
        """The last day of a batch."""
        return self._day(batch_id) + timedelta(days=_KEEPS_DAYS)

    def write(self, rows: Rows) -> None:
        """All lots."""
        for preparation in PREPARATIONS:
            code = preparation.product.code
            for quarter in range(self._quarters):
                on = self._start + timedelta(days=quarter * _LOT_DAYS)
                batch_id = self.batch_id(code, on)
                rows.add("batch", batch_id, code, self.lot(batch_id), self.expires_on(batch_id))


class Cupboard:
    """What stands open at one counter. Every change of a bottle is a movement."""

    def __init__(self, counter_id: int, storeroom: Storeroom, rows: Rows) -> None:
        self.unit_id = storeroom.unit_id
        self.counter_id = counter_id
        self.storeroom = storeroom
        self._rows = rows
        #: What stands open, by product; and what was emptied today and not yet taken away.
        self.standing: dict[str, Bottle] = {}
        self._emptied: list[Bottle] = []

    def pour(
        self,
        number: int,
        product_code: str,
        amount_ug: int,
        reservation_id: int,
        by: int,
        at: datetime,
    ) -> int:
        """Take an amount for a hand-out; returns the bottle. ``number`` is this movement's id."""
        bottle = self.standing.get(product_code)
        if bottle is None or bottle.balance_ug - bottle.back_ug < amount_ug:
            if bottle is not None:
                self._emptied.append(bottle)
            packages = packages_for(product_code, amount_ug)
            bottle_id = HISTORY_FROM + number
            bottle = self._opened(bottle_id, product_code, packages, by, at)
        bottle.balance_ug -= amount_ug
        self._rows.lines["stock_movement"].append(
            f"{number}\t{bottle.bottle_id}\tpoured\t{-amount_ug}\t{reservation_id}\t{by}\t"
            f"{at.isoformat()}\t\\N\t\\N\n"
        )
        return bottle.bottle_id

    def pour_back(
        self,
        number: int,
        product_code: str,
        amount_ug: int,
        reservation_id: int,
        kind: str,
        by: int,
        at: datetime,
    ) -> None:
        """What was poured last from this counter's bottle returns to it."""
        bottle = self.standing[product_code]
        bottle.balance_ug += amount_ug
        bottle.back_ug += amount_ug
        self._rows.add(
            "stock_movement",
            number,
            bottle.bottle_id,
            kind,
            amount_ug,
            reservation_id,
            by,
            at,
            None,
            None,
        )

    def _opened(
        self, bottle_id: int, product_code: str, packages: int, by: int, at: datetime
    ) -> Bottle:
        opening_ug = BY_CODE[product_code].package_ug * packages
        # The glass is poured from it: opened just before.
        opened_at = at - timedelta(seconds=1)
        bottle = Bottle(bottle_id, product_code, opening_ug, opening_ug, opened_at, 0)
        self.storeroom.take(self, bottle, packages, by, opened_at)
        self.standing[product_code] = bottle
        return bottle

    def clear(self, on: date, at: datetime) -> None:
        """The day's emptied bottles: their rests are destroyed, and they are taken away."""
        emptied, self._emptied = self._emptied, []
        for bottle in emptied:
            bottle.back_ug = 0
        self.storeroom.destroy_rests(emptied, on, at)
        for bottle in emptied:
            self._write(bottle, at)

    def _write(self, bottle: Bottle, closed_at: datetime | None) -> None:
        self._rows.add(
            "bottle",
            bottle.bottle_id,
            self.unit_id,
            self.counter_id,
            bottle.batch_id,
            bottle.product_code,
            f"B-{bottle.bottle_id}",
            bottle.opening_ug,
            bottle.balance_ug,
            bottle.opened_at,
            closed_at,
        )

    def make_ready(
        self, product_codes: list[str], packages: int, by: int, on: date, at: datetime
    ) -> None:
        """Empty what history left open and put up so many packages' worth for the morning."""
        self._emptied += self.standing.values()
        self.standing = {}
        self.clear(on, at)
        codes = list(BY_CODE)
        for code in product_codes:
            bottle_id = MORNING_FROM + (self.counter_id - 1) * len(codes) + codes.index(code) + 1
            self._opened(bottle_id, code, packages, by, at + timedelta(minutes=2))
        self.storeroom.count(self, "end", on, at + timedelta(minutes=9))
        for bottle in self.standing.values():
            self._write(bottle, None)
