"""Bottles and packages at the counters: opened when the last is empty, closed with what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispensing.demo.catalogue import BY_CODE, PREPARATIONS
from dispensing.demo.rows import Rows

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

    def write(self, rows: Rows) -> None:
        """All lots."""
        for preparation in PREPARATIONS:
            code = preparation.product.code
            for quarter in range(self._quarters):
                on = self._start + timedelta(days=quarter * _LOT_DAYS)
                batch_id = self.batch_id(code, on)
                lot = f"{on:%y%m}-{batch_id:03d}"
                rows.add("batch", batch_id, code, lot, on + timedelta(days=_KEEPS_DAYS))


class Cupboard:
    """What stands open at one counter. Every change of a bottle is a movement."""

    def __init__(
        self, unit_id: int, counter_id: int, group: int, batches: Batches, rows: Rows
    ) -> None:
        self.unit_id = unit_id
        self.counter_id = counter_id
        self._group = group
        self._batches = batches
        self._rows = rows
        self._open: dict[str, Bottle] = {}

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
        bottle = self._open.get(product_code)
        if bottle is None or bottle.balance_ug - bottle.back_ug < amount_ug:
            if bottle is not None:
                self._close(bottle, at)
            bottle = self._opened(number, product_code, amount_ug, by, at)
        bottle.balance_ug -= amount_ug
        self._rows.lines["stock_movement"].append(
            f"{number}\t{bottle.bottle_id}\tpoured\t{-amount_ug}\t{reservation_id}\t{by}\t"
            f"{at.isoformat()}\n"
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
        bottle = self._open[product_code]
        bottle.balance_ug += amount_ug
        bottle.back_ug += amount_ug
        self._rows.add(
            "stock_movement", number, bottle.bottle_id, kind, amount_ug, reservation_id, by, at
        )

    def _opened(
        self, number: int, product_code: str, least_ug: int, by: int, at: datetime
    ) -> Bottle:
        # The movement that pours carries `number`; its place in a stride of 16 leaves room for
        # the opening just before it.
        bottle_id = HISTORY_FROM + number
        opening_ug = max(BY_CODE[product_code].package_ug, least_ug)
        batch_id = self._batches.batch_id(product_code, at.date())
        bottle = Bottle(bottle_id, product_code, opening_ug, opening_ug, at, batch_id)
        self._open[product_code] = bottle
        self._rows.add("stock_movement", number - STRIDE, bottle_id, "opened", 0, None, by, at)
        return bottle

    def _close(self, bottle: Bottle, at: datetime | None) -> None:
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
            at,
        )

    def make_ready(
        self, product_codes: list[str], packages: int, by: int, at: datetime, numbers: list[int]
    ) -> None:
        """Close what history left open and put up so many packages' worth for the morning."""
        for bottle in self._open.values():
            self._close(bottle, at)
        self._open = {}
        codes = list(BY_CODE)
        for code, number in zip(product_codes, numbers, strict=True):
            bottle_id = MORNING_FROM + (self.counter_id - 1) * len(codes) + codes.index(code) + 1
            amount_ug = BY_CODE[code].package_ug * packages
            batch_id = self._batches.batch_id(code, at.date())
            bottle = Bottle(bottle_id, code, amount_ug, amount_ug, at, batch_id)
            self._close(bottle, None)
            self._rows.add("stock_movement", number, bottle_id, "opened", 0, None, by, at)
