"""Sessions and the dose for the night asked for by many at once, with every barrier and without.

One session and one dose for the night a day; and whatever the rules were told, the tables let no
other opioid beside the night's methadone, nor the night's beside another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import psycopg
import pytest

from dispensing.counter import store
from dosing_rules import Prescription, Product
from tests.concurrency.conftest import Place
from tests.night import NIGHT, paired

SIXTEEN = 16
ROUNDS = 40
METHADONE = Product("metadon-1", "methadone", "oral_solution", "oral", 1_000, "ml")
HEROIN = Product("heroin-100", "diacetylmorphine", "injection", "intravenous", 100_000, "ml")


@pytest.fixture(scope="module", autouse=True)
def service(place: Place) -> Iterator[None]:
    place.port()
    yield
    wrong = place.scene.run(
        "SELECT person_id FROM person_day WHERE NOT mixed AND night_ug > 0 AND used_ug > 0"
        " AND substance <> 'diacetylmorphine'"
    )
    assert wrong.fetchall() == []


def reserve(place: Place, caller: Any, key: str, person: int, part: int) -> dict[str, Any]:
    """Reserve a session, or tonight's dose where ``part`` is that of the night."""
    night = part == NIGHT
    body = {
        "person_id": person,
        "prescription_id": person * 10 + (5 if night else 0),
        "prescription_version": 2 if night else 1,
        "doses": [
            {
                "for_on": place.today,
                "part": part,
                "amount_mg": "60" if night else "200",
                "how": "take_home" if night else "supervised",
            }
        ],
        "identifiers": ["birth_date", "photo"],
        "observed": {"affected": False},
    }
    told = caller.repeat(key, "/reservations", body)
    assert told is not None, "no definite answer"
    return told


@pytest.mark.parametrize("without", [(), ("claim",), ("limit",), ("interval",)])
def test_one_session_and_one_night_dose_whoever_asks(
    place: Place, without: tuple[str, ...]
) -> None:
    """H01: sixteen clients of two nurses, both orders mixed, any one barrier gone."""
    with place.without(*without):
        person = paired(place.scene)
        users = ("nurse1", "nurse1b")
        callers = [place.caller(user=users[number % 2]) for number in range(SIXTEEN)]
        keys = [place.key() for _ in callers]
        told: dict[int, tuple[int, int]] = {}

        def act(caller: Any, number: int) -> None:
            part = NIGHT if number % 4 < 2 else 1
            answer = reserve(place, caller, keys[number], person, part)
            told[number] = part, answer["status"]

        place.at_once(callers, act)
        assert sorted(part for part, status in told.values() if status == 201) == [1, NIGHT]
        sql = "SELECT used_ug, night_ug FROM person_day WHERE person_id = %s AND day = %s"
        assert place.scene.run(sql, person, place.today).fetchone() == (200_000, 60_000)


def _order(product: Product, *, night: bool) -> Prescription:
    return Prescription(1, 1, product, 60_000, (60_000,), date(2026, 1, 1), None, night=night)


def _use(place: Place, person: int, order: Prescription) -> tuple[str, dict[str, Any]]:
    day = place.scene.today
    rows = [(day, NIGHT if order.night else 1, 60_000, "take_home")]
    return store.use_days({"person_id": person}, rows, {day: 60_000}, order, 1)


@pytest.mark.parametrize(
    ("other", "both"), [(METHADONE, False), (HEROIN, True)], ids=["methadone", "heroin"]
)
def test_the_tables_let_only_the_pair_through(place: Place, other: Product, both: bool) -> None:
    """H01 H25: two transactions at once, no lock on the person and no rule asked."""
    orders = (_order(other, night=False), _order(METHADONE, night=True))
    for _ in range(ROUNDS):
        person = place.scene.person()
        gate, fine = threading.Barrier(2), list[bool]()

        def write(
            order: Prescription, person: int = person, gate: Any = gate, fine: list[bool] = fine
        ) -> None:
            with psycopg.connect(place.database.app_url) as connection:
                sql, values = _use(place, person, order)
                gate.wait()
                try:
                    connection.execute(sql, values)  # type: ignore[call-overload]
                    connection.commit()
                    fine.append(True)
                except psycopg.errors.CheckViolation:
                    fine.append(False)

        with ExitStack() as stack:
            threads = [threading.Thread(target=write, args=(order,)) for order in orders]
            for thread in threads:
                thread.start()
                stack.callback(thread.join)
        assert sorted(fine) == [both, True]
