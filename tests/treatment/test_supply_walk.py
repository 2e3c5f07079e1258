"""Days of supply in random sequences through the API: one holder, one handover, one history.

After each step every coming day has one holder at most beside the clinic, what was handed out
stays where it was, the facts loaded at the clinic are those the ledger tells, and today's dose can
be had at one place only.
"""

import random
from collections.abc import Callable
from datetime import date

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, sign_in
from tests.api.matrix.ground import Ground
from tests.api.matrix.treatment import ordered
from tests.api.test_replay import loaded_and_told
from tests.scene import Scene
from tests.treatment.supply import PHARMACY, Supplied, supplied

OTHER = 44
STEPS, WALKS = 12, 6
AHEAD = 12


@pytest.fixture(scope="module")
def pharmacy(http: TestClient, scene: Scene, nurse: Counter, doctor: Counter) -> Supplied:
    return supplied(http, scene, nurse, doctor)


@pytest.fixture(scope="module")
def other(pharmacy: Supplied, http: TestClient, scene: Scene) -> Counter:
    """The pharmacist of another pharmacy."""
    scene.unit(OTHER, "Uglens Apotek", "pharmacy")
    return sign_in(http, scene, f"pharmacist{OTHER}", OTHER)


class Walk:
    """One person, and what happens to the person."""

    def __init__(self, pharmacy: Supplied, seed: int) -> None:
        self.pharmacy, self.chance = pharmacy, random.Random(seed)
        self.scene, self.doctor = pharmacy.scene, pharmacy.doctor
        self.person = pharmacy.scene.person(valid_to_days=9)
        self.away = False

    def arrange(self) -> None:
        days = self.chance.sample(range(1, 8), self.chance.randint(1, 7))
        changes = {
            "pharmacy_unit_id": self.chance.choice((PHARMACY, OTHER)),
            "pharmacy_weekdays": sorted(days),
            "valid_from": str(self.pharmacy.day(self.chance.choice((0, 0, 2, 4)))),
        }
        assert self.pharmacy.arrange(self.person, **changes).status_code == 201

    def stop(self) -> None:
        assert self.pharmacy.step_back(self.person).status_code == 201

    def end(self) -> None:
        path = f"/people/{self.person}/supply-order/end"
        answer = self.doctor.send("POST", path, {"reason": "kommer hjem igen"})
        assert answer.status_code in (201, 409), answer.text

    def order(self) -> None:
        until = self.pharmacy.day(self.chance.randint(3, 20))
        draft = ordered(Ground(self.scene, self.pharmacy.nurse)) | {"valid_to": str(until)}
        draft["reasons"] = {}
        tried = self.doctor.send("POST", f"/people/{self.person}/orders/tries", draft).json()
        draft["reasons"] = dict.fromkeys(tried.get("asks_reason", ()), "aftalt på konference")
        draft["retyped_mg"] = draft["daily_mg"]
        answer = self.doctor.send("POST", f"/people/{self.person}/orders", draft)
        assert answer.status_code in (201, 409), answer.text

    def dose(self) -> None:
        """Asked at every place at once; one hands out at most."""
        asked = [place.reserve(self.person) for place in self.places]
        given = [one for one in asked if one.status_code == 201]
        assert len(given) <= 1
        for place, answer in zip(self.places, asked, strict=True):
            if answer.status_code == 201:
                done = place.give(answer.json()["reservation_id"])
                assert done.status_code == 200, done.text

    def indkald(self) -> None:
        first = self.pharmacy.day(self.chance.randint(3, 6))
        body = {"first": str(first), "come_at": "09:00"}
        answer = self.doctor.send("POST", f"/people/{self.person}/indkald", body)
        assert answer.status_code in (201, 409), answer.text

    def gone(self) -> None:
        if self.away:
            told = {"told_by": "udskrivningsbrev", "coverage": "none"}
            path = f"/people/{self.person}/moves/returns"
        else:
            at = self.scene.one("SELECT clock_timestamp() - interval '1 millisecond'")
            told = {
                "place": "hospital",
                "name": "Afdeling K",
                "told_by": "sygeplejersken dér",
                "since_at": at.isoformat(),
            }
            path = f"/people/{self.person}/moves"
        answer = self.pharmacy.nurse.send("POST", path, told)
        if answer.status_code == 201:
            self.away = not self.away

    places: tuple[Counter, ...] = ()

    def step(self) -> str:
        does: list[Callable[[], None]] = [
            self.arrange,
            self.arrange,
            self.stop,
            self.end,
            self.order,
            self.dose,
            self.indkald,
            self.gone,
        ]
        chosen = self.chance.choice(does)
        chosen()
        return chosen.__name__

    def holders(self) -> list[tuple[date, int]]:
        rows = self.scene.run(
            "SELECT day, unit_id FROM guest_in_force WHERE person_id = %s ORDER BY day",
            self.person,
        )
        return [(day, unit) for day, unit in rows.fetchall()]


@pytest.mark.parametrize("seed", range(WALKS))
def test_every_day_has_one_place_and_the_ledger_tells_the_same(
    pharmacy: Supplied, other: Counter, scene: Scene, seed: int
) -> None:
    """H02, H21: arranged, changed, stopped, called in, away and back, in any order."""
    scene.run(
        "INSERT INTO indkald_places SELECT 1, 1, 200, 11, now()"
        " WHERE NOT EXISTS (SELECT FROM indkald_places WHERE unit_id = 1)"
    )
    walk = Walk(pharmacy, seed)
    walk.places = (pharmacy.nurse, pharmacy.pharmacist, other)
    done: list[str] = []
    for _ in range(STEPS):
        done.append(walk.step())
        days = [day for day, _ in walk.holders()]
        assert len(days) == len(set(days)), done
        loaded, told = loaded_and_told(scene, walk.person)
        assert loaded == told, done
        had = scene.run(
            "SELECT c.for_day, c.unit_id FROM claim c WHERE c.person_id = %s", walk.person
        ).fetchall()
        for day, unit in had:
            if day == scene.today and not walk.away:
                assert walk.pharmacy.holder(walk.person) == unit, done
    handed = "SELECT for_day, part FROM handover WHERE person_id = %s"
    rows = scene.run(handed, walk.person).fetchall()
    assert len(rows) == len(set(rows))
