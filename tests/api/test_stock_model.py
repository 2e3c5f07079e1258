"""Random days of a storeroom against a model of it: every balance follows, none goes below zero."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.client import Counter
from tests.api.storeroom import PACKAGES_UG, Storeroom
from tests.scene import Scene

PACKAGE_UG = PACKAGES_UG["metadon-1"]
DOSE_UG = 80_000
STEPS = ("receive", "open", "reserve", "return", "spill", "part", "reverse", "rest", "destroy",
         "send", "arrive", "count", "relocate")  # fmt: skip
FEW = settings(
    max_examples=14,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def store(scene: Scene, nurse: Counter, neighbour: Counter) -> Storeroom:
    return Storeroom.furnish(scene, nurse)


@dataclass
class Model:
    """What should lie where: packages by cabinet, micrograms by bottle, doses that are out."""

    cabinets: dict[int, int] = field(default_factory=lambda: {1: 0, 2: 0})
    transit: dict[int, int] = field(default_factory=dict)
    bottles: dict[int, int] = field(default_factory=dict)
    poured: list[tuple[int, int]] = field(default_factory=list)
    given: list[tuple[int, int]] = field(default_factory=list)
    glasses: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass
class Day:
    """One random day with a batch of its own."""

    store: Storeroom
    neighbour: Counter
    lot: str
    model: Model = field(default_factory=Model)

    def step(self, name: str, pick: int) -> None:
        getattr(self, f"do_{name}")(pick)
        self.agrees()

    def holding(self, cabinet: int) -> int | None:
        found = self.store.scene.one(
            "SELECT holding_id FROM holding JOIN batch USING (batch_id) WHERE cabinet_id = %s"
            " AND lot = %s",
            cabinet,
            self.lot,
        )
        return int(found) if found else None

    def do_receive(self, pick: int) -> None:
        self.store.receive(lot=self.lot, packages=1 + pick % 3)
        self.model.cabinets[1] += 1 + pick % 3

    def do_open(self, pick: int) -> None:
        cabinet = 1 + pick % 2
        answer = self.store.open(lot=self.lot, cabinet_id=cabinet)
        if self.model.cabinets[cabinet] == 0:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201, answer.text
        self.model.cabinets[cabinet] -= 1
        self.model.bottles[answer.json()["bottle_id"]] = PACKAGE_UG

    def do_relocate(self, pick: int) -> None:
        self._moved(
            "/stock/relocations", 1 + pick % 2, 1 + pick % 3, {"to_cabinet_id": 2 - pick % 2}
        )

    def do_send(self, pick: int) -> None:
        answer = self._moved("/stock/transfers", 1, 1 + pick % 3, {"to_unit_id": 2})
        if answer is not None:
            self.model.transit[answer["transfer_id"]] = 1 + pick % 3

    def _moved(self, path: str, cabinet: int, packages: int, to: dict[str, int]) -> Any:
        holding = self.holding(cabinet)
        if holding is None:
            return None
        body = {"holding_id": holding, "packages": packages, **to}
        answer = self.store.nurse.send("POST", path, body)
        if self.model.cabinets[cabinet] < packages:
            assert answer.status_code == 409
            return None
        assert answer.status_code == 201, answer.text
        self.model.cabinets[cabinet] -= packages
        if "to_cabinet_id" in to:
            self.model.cabinets[to["to_cabinet_id"]] += packages
        return answer.json()

    def do_arrive(self, pick: int) -> None:
        if not self.model.transit:
            return
        transfer = sorted(self.model.transit)[pick % len(self.model.transit)]
        body = {"packages": 1 + pick % 3, "cabinet_id": 3}
        answer = self.neighbour.send("POST", f"/stock/transfers/{transfer}/arrivals", body)
        if self.model.transit[transfer] < body["packages"]:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201, answer.text
        self.model.transit[transfer] -= body["packages"]

    def _bottle(self, pick: int) -> int | None:
        known = sorted(self.model.bottles)
        return known[pick % len(known)] if known else None

    def do_reserve(self, pick: int) -> None:
        bottle = self._bottle(pick)
        if bottle is None:
            return
        person = self.store.scene.person()
        answer = self.store.nurse.reserve(person, bottle_code=f"B-{bottle}")
        if self.model.bottles[bottle] < DOSE_UG:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201, answer.text
        self.model.bottles[bottle] -= DOSE_UG
        self.model.poured.append((answer.json()["reservation_id"], bottle))

    def _ended(self, what: str, **body: Any) -> tuple[int, int] | None:
        if not self.model.poured:
            return None
        reservation, bottle = self.model.poured.pop()
        answer = self.store.nurse.tell(reservation, what, **body)
        assert answer.status_code == 200, answer.text
        return reservation, bottle

    def do_return(self, pick: int) -> None:
        ended = self._ended("returned")
        if ended:
            self.model.bottles[ended[1]] += DOSE_UG

    def do_spill(self, pick: int) -> None:
        ended = self._ended("spilled", note="glasset væltede")
        if ended:
            self.model.glasses.append((*ended, DOSE_UG))

    def do_part(self, pick: int) -> None:
        if not self.model.poured:
            return
        reservation, bottle = self.model.poured.pop()
        swallowed = 1 + pick % 80
        answer = self.store.nurse.give(reservation, swallowed_mg=str(swallowed))
        assert answer.status_code == 200, answer.text
        if swallowed < 80:
            self.model.glasses.append((reservation, bottle, DOSE_UG - swallowed * 1_000))
        else:
            self.model.given.append((reservation, bottle))

    def do_reverse(self, pick: int) -> None:
        if not self.model.given:
            return
        reservation, bottle = self.model.given.pop()
        answer = self.store.nurse.tell(reservation, "reversals", reason="forkert person")
        assert answer.status_code == 200, answer.text
        self.model.bottles[bottle] += DOSE_UG

    def do_rest(self, pick: int) -> None:
        if not self.model.glasses:
            return
        reservation, bottle, rest_ug = self.model.glasses.pop()
        wasted = pick % (rest_ug // 1_000 + 1)
        asked = {
            "kind": "rest",
            "reservation_id": reservation,
            "wasted": str(wasted),
            "reason": "rest i glasset",
        }
        assert self.store.sign("/stock/disposals", "disposal", asked).status_code == 201
        self.model.bottles[bottle] += rest_ug - wasted * 1_000

    def do_destroy(self, pick: int) -> None:
        bottle = self._bottle(pick)
        if bottle is None:
            return
        amount = 1 + pick * 37 % 1_000
        answer = self.store.destroy(bottle, str(amount))
        if self.model.bottles[bottle] < amount * 1_000:
            assert answer.status_code == 409
            return
        assert answer.status_code == 201, answer.text
        self.model.bottles[bottle] -= amount * 1_000

    def do_count(self, pick: int) -> None:
        """A cabinet one package short, explained and adjusted."""
        rows = self.store.scene.run(
            "SELECT holding_id, (balance_ug / package_ug)::text FROM holding WHERE cabinet_id = 1"
            " AND balance_ug > 0"
        ).fetchall()
        own = self.holding(1)
        short = own is not None and self.model.cabinets[1] > 0
        lines = [
            {"number": n, "counted": str(int(t) - 1) if short and n == own else t} for n, t in rows
        ]
        body = {"place": "cabinet", "number": 1, "shift": "end", "lines": lines}
        answer = self.store.nurse.send("POST", "/stock/counts", body)
        assert answer.status_code == 201, answer.text
        for line in answer.json()["lines"]:
            if line["difference_ug"]:
                path = f"/stock/counts/{answer.json()['count_id']}/lines/{line['line']}/explanation"
                asked = {"reason": "en pakning mangler", "adjust": bool(pick % 2)}
                assert self.store.sign(path, "explanation", asked).status_code == 201
                self.model.cabinets[1] -= pick % 2

    def agrees(self) -> None:
        """Balances are the model's, and the sums of their movements."""
        scene = self.store.scene
        bottles = scene.run(
            "SELECT bottle_id, balance_ug, (SELECT sum(delta_ug) FROM stock_movement m WHERE"
            " m.bottle_id = b.bottle_id)::bigint FROM bottle b JOIN batch USING (batch_id)"
            " WHERE lot = %s",
            self.lot,
        ).fetchall()
        assert {row[0]: row[1] for row in bottles} == self.model.bottles
        assert all(row[1] == row[2] >= 0 for row in bottles)
        held = dict(
            scene.run(
                "SELECT coalesce(cabinet_id, 0), sum(balance_ug / package_ug)::int FROM holding"
                " JOIN batch USING (batch_id) WHERE lot = %s AND unit_id = 1 GROUP BY 1",
                self.lot,
            ).fetchall()
        )
        assert held.get(1, 0) == self.model.cabinets[1]
        assert held.get(2, 0) == self.model.cabinets[2]
        assert held.get(0, 0) == sum(self.model.transit.values())


def steps() -> st.SearchStrategy[list[tuple[str, int]]]:
    """A day begins with a delivery and an opened bottle; then anything."""
    some = st.tuples(st.sampled_from(STEPS), st.integers(0, 500))
    start = st.just([("receive", 2), ("open", 0)])
    return st.builds(lambda first, rest: first + rest, start, st.lists(some, max_size=22))


def test_any_day_adds_up(store: Storeroom, neighbour: Counter) -> None:
    """H23, I5: public bugs: lost updates, cancelled twice, waste that does not balance."""
    numbers = iter(range(1, 10_000))

    @FEW
    @given(day=steps())
    def lived(day: list[tuple[str, int]]) -> None:
        run: Callable[[str, int], None] = Day(store, neighbour, f"DAY-{next(numbers)}").step
        for name, pick in day:
            run(name, pick)

    lived()
