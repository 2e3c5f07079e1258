"""The cabinet of a unit, its deliveries, the day's rests destroyed by two, and both shifts' counts.

Chance here is the storeroom's own: how much medicine lies where changes nothing for the people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from random import Random
from typing import TYPE_CHECKING

from stdnum import ean

from dispensing.demo.catalogue import BY_CODE
from dispensing.people.witness import Witness, text_sha256
from dispensing.stock import entries
from dispensing.stock.entries import Move, StockAct
from dispensing.stock.measures import Measure, measured_text, tolerance_ug
from dispensing.stock.waste import amount_text
from dosing_rules.amounts import mg_text

if TYPE_CHECKING:
    from dispensing.demo.clinic import Clinic
    from dispensing.demo.stock import Bottle, Cupboard

SUPPLIERS = ("Nomenklatur Engros A/S", "Sundets Lægemiddelgrossist")
_DELIVERY_DAYS = 7
_LEAST_STOCK = 4
_URGENT = 10
_DIFFERS = 1 / 260
_MISCOUNTED = 0.25
_WHY = (
    "Rest i glas hældt ud uden at blive noteret.",
    "Målefejl ved omhældning.",
    "Spild ved åbning af flasken.",
    "Aflæst skævt; flasken er talt igen af to.",
)


def gtin_of(product_code: str) -> str:
    """The made-up number of the demo's package of a product, with its check digit."""
    body = f"05700001{list(BY_CODE).index(product_code) + 1:05d}"
    return body + str(ean.calc_check_digit(body))


@dataclass(slots=True)
class Shelf:
    """Packages of one batch in the cabinet."""

    holding_id: int
    product_code: str
    batch_id: int
    packages: int = 0

    @property
    def package_ug(self) -> int:
        return BY_CODE[self.product_code].package_ug


@dataclass(slots=True)
class Leftover:
    """What stayed in the glass of a hand-out."""

    reservation_id: int
    product_code: str
    amount_ug: int


@dataclass(slots=True)
class Storeroom:
    """One unit's cabinet while its year runs."""

    clinic: Clinic
    unit_id: int
    cabinet_id: int
    chance: Random
    shelves: list[Shelf] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    leftovers: list[Leftover] = field(default_factory=list)
    delivered_on: date | None = None

    # People

    def two(self) -> tuple[int, int]:
        """Two persons of the unit who may handle stock: who does it, and who stands beside."""
        crew = self.clinic.frame.staff[self.unit_id]
        able = [one for role in ("nurse", "pharmacist", "doctor") for one in crew.get(role, [])]
        first, second = self.chance.sample(able, 2)
        return first, second

    # Packages

    def deliver(self, product_code: str, packages: int, on: date, at: datetime) -> Shelf:
        """Packages from a supplier, of the batch that is sold that day."""
        clinic, by = self.clinic, self.two()[0]
        batch_id = clinic.batches.batch_id(product_code, on)
        shelf = self._shelf(product_code, batch_id)
        shelf.packages += packages
        amount_ug = packages * shelf.package_ug
        act = self._act("received", by, on, at)
        supplier = self.chance.choice(SUPPLIERS)
        note = f"F{self.chance.randrange(10**6):06d}"
        batch = (batch_id, clinic.batches.lot(batch_id), clinic.batches.expires_on(batch_id))
        facts = entries.packages(
            product_code, batch, gtin_of(product_code), shelf.package_ug, packages
        ) | {
            "cabinet": self.cabinet_id,
            "supplier": supplier,
            "delivery_note": note,
            "serial": None,
        }
        self._record(act, (Move(amount_ug, holding_id=shelf.holding_id),), facts, supplier, note)
        return shelf

    def _shelf(self, product_code: str, batch_id: int) -> Shelf:
        for shelf in self.shelves:
            if (shelf.product_code, shelf.batch_id) == (product_code, batch_id):
                return shelf
        shelf = Shelf(self.clinic.number("holding"), product_code, batch_id)
        self.shelves.append(shelf)
        return shelf

    def take(
        self, cupboard: Cupboard, bottle: Bottle, packages: int, by: int, at: datetime
    ) -> None:
        """Packages of one batch leave the cabinet for a bottle; its batch is theirs.

        The oldest batch that suffices goes first; without one, a delivery comes in time.
        """
        code, on = bottle.product_code, at.date()
        shelf = next(
            (s for s in self.shelves if s.product_code == code and s.packages >= packages), None
        )
        if shelf is None:
            urgent = max(packages, _URGENT)
            shelf = self.deliver(code, urgent, on, at - timedelta(minutes=6))
        shelf.packages -= packages
        self.used[code] = self.used.get(code, 0) + packages
        bottle.batch_id = shelf.batch_id
        amount_ug = packages * shelf.package_ug
        act = self._act("opened", by, on, at)
        batches = self.clinic.batches
        batch = (
            shelf.batch_id,
            batches.lot(shelf.batch_id),
            batches.expires_on(shelf.batch_id),
        )
        facts = entries.packages(code, batch, gtin_of(code), shelf.package_ug, packages) | {
            "bottle": bottle.bottle_id,
            "scan_code": f"B-{bottle.bottle_id}",
            "counter": cupboard.counter_id,
            "serial": None,
        }
        moves = (
            Move(amount_ug, bottle_id=bottle.bottle_id),
            Move(-amount_ug, holding_id=shelf.holding_id),
        )
        self._record(act, moves, facts)

    def morning(self, on: date, at: datetime) -> None:
        """Once a week the van comes with what a week needs, twice over."""
        if self.delivered_on is not None and (on - self.delivered_on).days < _DELIVERY_DAYS:
            return
        self.delivered_on = on
        for number, code in enumerate(sorted(self.used)):
            lies = sum(shelf.packages for shelf in self.shelves if shelf.product_code == code)
            wanted = max(2 * self.used[code], _LEAST_STOCK) - lies
            if wanted > 0:
                self.deliver(code, wanted, on, at + timedelta(seconds=number * 40))
        self.used = dict.fromkeys(self.used, 0)

    # Rests

    def leave(self, reservation_id: int, product_code: str, amount_ug: int) -> None:
        """Something stayed in a glass; it is wasted before the day is over."""
        self.leftovers.append(Leftover(reservation_id, product_code, amount_ug))

    def destroy_rests(self, bottles: list[Bottle], on: date, at: datetime) -> None:
        """The day's emptied bottles and glasses, with two names."""
        for number, rest in enumerate(self.leftovers):
            self._waste_glass(rest, on, at - timedelta(seconds=50 * (number + 1)))
        self.leftovers = []
        left = [bottle for bottle in bottles if bottle.balance_ug]
        if not left:
            return
        by, beside = self.two()
        reason = "dagens rester"
        parts = []
        for bottle in left:
            product = BY_CODE[bottle.product_code]
            measure = Measure(product.product.per, product.product.strength_ug)
            lot = self.clinic.batches.lot(bottle.batch_id)
            where = f"batch {lot}, flaske B-{bottle.bottle_id}"
            parts.append(f"{amount_text(bottle.balance_ug, measure, product.name)}, {where}")
        text = f"Destrueres: {'; '.join(parts)}. Årsag: {reason}"
        act = self._act("destroyed", by, on, at, (beside, text), reason)
        moves = tuple(Move(-bottle.balance_ug, bottle_id=bottle.bottle_id) for bottle in left)
        closes = [bottle.bottle_id for bottle in left]
        self._record(act, moves, {"text": text, "closes": closes})
        for bottle in left:
            bottle.balance_ug = 0

    def _waste_glass(self, rest: Leftover, on: date, at: datetime) -> None:
        by, beside = self.two()
        product = BY_CODE[rest.product_code]
        measure = Measure(product.product.per, product.product.strength_ug)
        text = (
            f"Rest af udlevering {rest.reservation_id}:"
            f" {amount_text(rest.amount_ug, measure, product.name)} kasseres,"
            f" {amount_text(0, measure, product.name)} hældes tilbage. Årsag: rest i glasset"
        )
        act = self._act("rest", by, on, at, (beside, text), "rest i glasset")
        facts = {"reservation": rest.reservation_id, "wasted_ug": rest.amount_ug}
        facts |= {"text": text, "closes": []}
        self._record(act, (), facts, reservation_id=rest.reservation_id, wasted_ug=rest.amount_ug)

    # Counts

    def count(self, cupboard: Cupboard, shift: str, on: date, at: datetime) -> None:
        """Everything that stands at a counter, by somebody who does not see the records."""
        clinic, bottles = self.clinic, list(cupboard.standing.values())
        count_id, by = clinic.number("stock_count"), self.two()[0]
        clinic.rows.add(
            "stock_count", count_id, self.unit_id, cupboard.counter_id, shift, on, by, at
        )
        lines = []
        differing = []
        for line, bottle in enumerate(bottles, 1):
            product = BY_CODE[bottle.product_code].product
            measure = Measure(product.per, product.strength_ug)
            allowed_ug = tolerance_ug(clinic.book.count_tolerance_ul, measure)
            counted_ug, book_ug = bottle.balance_ug, bottle.balance_ug
            if self.chance.random() < _DIFFERS:
                counted_ug = self._other(book_ug, measure)
            lines.append([line, "bottle", bottle.bottle_id, counted_ug, book_ug, allowed_ug])
            clinic.rows.add(
                "stock_count_line",
                count_id,
                line,
                bottle.bottle_id,
                counted_ug,
                book_ug,
                allowed_ug,
            )
            if counted_ug != book_ug:
                differing.append((line, bottle, counted_ug, book_ug, allowed_ug))
        entry = entries.counted(
            unit_id=self.unit_id,
            actor_id=by,
            on=on,
            at=at,
            count_id=count_id,
            place=("counter", cupboard.counter_id),
            shift=shift,
            lines=lines,
        )
        clinic.note(self.unit_id, at, entry)
        # The very last evening's differences wait for somebody, so that the page has one to show.
        if on + timedelta(days=1) < clinic.frame.until:
            for number, difference in enumerate(differing):
                later = at + timedelta(minutes=4 + number)
                self._explain(count_id, *difference, by=by, on=on, at=later)

    def _other(self, book_ug: int, measure: Measure) -> int:
        """What a slip of the eye or the hand makes of a balance."""
        step_ug = measure.strength_ug
        off = self.chance.choice((-12, -6, -3, -2, -1, -1, 1, 2)) if measure.per == "ml" else -1
        return max(book_ug + off * step_ug, 0)

    def _explain(
        self,
        count_id: int,
        line: int,
        bottle: Bottle,
        counted_ug: int,
        book_ug: int,
        allowed_ug: int,
        *,
        by: int,
        on: date,
        at: datetime,
    ) -> None:
        difference_ug = counted_ug - book_ug
        adjust = self.chance.random() >= _MISCOUNTED
        reason = self.chance.choice(_WHY) if adjust else "Talt forkert; talt igen af to."
        product = BY_CODE[bottle.product_code]
        measure = Measure(product.product.per, product.product.strength_ug)
        follow = "regnskabet rettes" if adjust else "regnskabet står ved magt"
        text = (
            f"Optælling {count_id}, linje {line}: {product.name}, talt"
            f" {measured_text(counted_ug, measure)}, regnskab {measured_text(book_ug, measure)},"
            f" forskel {'+' if difference_ug > 0 else '-'}{mg_text(abs(difference_ug))} mg;"
            f" {follow}. Forklaring: {reason}"
        )
        beside = self.two()
        other = beside[0] if beside[0] != by else beside[1]
        signed = (other, text) if abs(difference_ug) > allowed_ug else None
        act = self._act("adjusted" if adjust else "explained", by, on, at, signed, reason)
        moves = (Move(difference_ug, bottle_id=bottle.bottle_id),) if adjust else ()
        if adjust:
            bottle.balance_ug += difference_ug
        facts = {"count": count_id, "line": line, "text": text, "closes": []}
        self._record(act, moves, facts)
        self.clinic.rows.add("stock_explanation", count_id, line, act.act_id)

    # Rows

    def _act(
        self,
        kind: str,
        by: int,
        on: date,
        at: datetime,
        signed: tuple[int, str] | None = None,
        reason: str | None = None,
    ) -> StockAct:
        witness = None
        if signed is not None:
            signed_at = at - timedelta(seconds=2)
            witness = Witness(signed[0], signed_at, text_sha256(signed[1]))
        number = self.clinic.number("stock_act")
        return StockAct(number, kind, self.unit_id, by, on, at, witness, reason)

    def _record(
        self,
        act: StockAct,
        moves: tuple[Move, ...],
        facts: dict[str, object],
        supplier: str | None = None,
        note: str | None = None,
        *,
        reservation_id: int | None = None,
        wasted_ug: int | None = None,
    ) -> None:
        rows, witness = self.clinic.rows, act.witness
        rows.add(
            "stock_act",
            act.act_id,
            act.kind,
            act.unit_id,
            act.on,
            act.reason,
            supplier,
            note,
            reservation_id,
            wasted_ug,
            witness.staff_id if witness else None,
            witness.at if witness else None,
            f"\\x{witness.seen_sha256.hex()}" if witness else None,
            act.actor_id,
            act.at,
        )
        for move in moves:
            rows.add(
                "stock_movement",
                self.clinic.number("stock_movement"),
                move.bottle_id,
                act.kind,
                move.delta_ug,
                None,
                act.actor_id,
                act.at,
                move.holding_id,
                act.act_id,
            )
        self.clinic.note(self.unit_id, act.at, entries.act_entry(act, moves, facts))

    def end(self) -> None:
        """What lies in the cabinet when history is over."""
        for shelf in self.shelves:
            self.clinic.rows.add(
                "holding",
                shelf.holding_id,
                self.unit_id,
                "cabinet",
                self.cabinet_id,
                shelf.product_code,
                shelf.batch_id,
                shelf.package_ug,
                shelf.packages * shelf.package_ug,
            )


def packages_for(product_code: str, least_ug: int) -> int:
    """How many whole packages hold so much, one at least."""
    return max(1, ceil(least_ug / BY_CODE[product_code].package_ug))
