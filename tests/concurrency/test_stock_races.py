"""Stock under sixteen hands at once: never below zero, nothing twice, all of it movements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.storeroom import Storeroom, code
from tests.concurrency.calling import Caller
from tests.concurrency.conftest import LONGEST_S, Place
from tests.scene import PASSWORD

SIXTEEN = 16
WITNESS = {"username": "nurse1b", "password": PASSWORD}


@pytest.fixture(scope="module", autouse=True)
def sound(place: Place) -> Iterator[None]:
    """I5 for every place, after all that was done here at once."""
    Storeroom.furnish(place.scene, None)  # type: ignore[arg-type]
    place.port()
    yield
    for kind in ("bottle", "holding"):
        wrong = place.scene.run(
            f"SELECT {kind}_id FROM {kind} b WHERE balance_ug < 0 OR balance_ug <> coalesce((SELECT"
            f" sum(delta_ug) FROM stock_movement m WHERE m.{kind}_id = b.{kind}_id), 0)"
        )
        assert wrong.fetchall() == [], kind


def post(caller: Caller, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send until the answer is definite."""
    told = caller.repeat(key, path, body)
    assert told is not None, "no definite answer"
    return told


def sixteen(place: Place, act: Any) -> list[dict[str, Any]]:
    """What sixteen clients of one nurse were told by ``act(caller, key, number)``."""
    # Each is asked again until it is definite: how long that takes on a busy machine is no claim.
    callers = [place.caller(patience_s=LONGEST_S) for _ in range(SIXTEEN)]
    keys = [place.key() for _ in callers]
    told: dict[int, dict[str, Any]] = {}

    def doing(caller: Caller, number: int) -> None:
        told[number] = act(caller, keys[number], number)

    place.at_once(callers, doing)
    return [told[number] for number in range(SIXTEEN)]


def scanned(place: Place, lot: str, serial: str | None = None) -> str:
    expiry = place.scene.today.replace(year=place.scene.today.year + 2, day=1)
    return code("metadon-1", lot, expiry, serial)


def received(place: Place, lot: str, packages: int) -> int:
    body = {"code": scanned(place, lot), "packages": packages, "cabinet_id": 1, "supplier": "G"}
    told = post(place.caller(), place.key(), "/stock/receipts", body)
    assert told["status"] == 201, told
    return int(told["answer"]["holding_id"])


def slugs(told: list[dict[str, Any]]) -> set[str]:
    return {
        str(one["answer"].get("type", "")).rpartition("/")[2]
        for one in told
        if one["status"] != 201
    }


def test_sixteen_open_five_packages(place: Place) -> None:
    """Lost update: five are opened, eleven are told that the cabinet is empty."""
    holding = received(place, "FIVE", 5)
    body = {"code": scanned(place, "FIVE")}
    told = sixteen(place, lambda one, key, _: post(one, key, "/stock/openings", body))
    assert Counter(one["status"] for one in told) == {201: 5, 409: 11}
    assert slugs(told) == {"not-in-cabinet"}
    assert place.scene.one("SELECT balance_ug FROM holding WHERE holding_id = %s", holding) == 0


def test_one_package_scanned_sixteen_times(place: Place) -> None:
    """H23: a serial number is taken in once, also in the same moment."""
    body = {"code": scanned(place, "SERIAL", "S-1"), "cabinet_id": 1, "supplier": "G"}
    told = sixteen(place, lambda one, key, _: post(one, key, "/stock/receipts", body))
    assert Counter(one["status"] for one in told) == {201: 1, 409: 15}
    assert slugs(told) == {"package-already-received"}


def test_doses_and_destruction_drain_one_bottle(place: Place) -> None:
    """Stale stock: half of them hand out, half destroy, and the bottle never holds less than 0."""
    bottle = place.scene.bottle(1, "metadon-1", opening_ug=400_000)
    people = [place.person() for _ in range(SIXTEEN)]
    line = {"place": "bottle", "number": bottle, "amount": "80"}
    asked = {"kind": "destroyed", "lines": [line], "reason": "kapløb"}
    shown = post(place.caller(), "text-needs-no-key", "/stock/disposals/text", asked)["answer"]
    signed = {"disposal": asked, "seen_sha256": shown["sha256"], "witness": WITNESS}

    def act(caller: Caller, key: str, number: int) -> dict[str, Any]:
        if number % 2:
            return post(caller, key, "/stock/disposals", signed)
        scan = {"bottle_code": f"B-{1000 + bottle}"}
        told = caller.reserve(key, people[number], place.today, **scan)
        assert told is not None
        return told

    told = sixteen(place, act)
    assert Counter(one["status"] for one in told) == {201: 5, 409: 11}
    assert slugs(told) <= {"bottle-too-low", "stock-too-low", "refused-by-rules"}
    assert place.scene.one("SELECT balance_ug FROM bottle WHERE bottle_id = %s", bottle) == 0


def test_a_difference_is_adjusted_once(place: Place) -> None:
    """Cancelled twice: sixteen explain the same difference, and it moves stock once."""
    holding = received(place, "COUNT", 3)
    rows = place.scene.run(
        "SELECT holding_id, (balance_ug / package_ug)::text FROM holding WHERE cabinet_id = 1"
        " AND balance_ug > 0"
    ).fetchall()
    lines = [
        {"number": number, "counted": "2" if number == holding else text} for number, text in rows
    ]
    body = {"place": "cabinet", "number": 1, "shift": "start", "lines": lines}
    counted = post(place.caller(), place.key(), "/stock/counts", body)["answer"]
    line = next(one["line"] for one in counted["lines"] if one["holding_id"] == holding)
    path = f"/stock/counts/{counted['count_id']}/lines/{line}/explanation"
    asked = {"reason": "en pakning mangler", "adjust": True}
    shown = post(place.caller(), "text-needs-no-key", f"{path}/text", asked)["answer"]
    signed = {"explanation": asked, "seen_sha256": shown["sha256"], "witness": WITNESS}
    told = sixteen(place, lambda one, key, _: post(one, key, path, signed))
    assert Counter(one["status"] for one in told) == {201: 1, 409: 15}
    assert slugs(told) == {"already-explained"}
    left = place.scene.one("SELECT balance_ug FROM holding WHERE holding_id = %s", holding)
    assert left == 2_000_000


def test_a_transfer_is_counted_in_once(place: Place) -> None:
    """Delivered twice: sixteen count the same five packages in; five arrive."""
    holding = received(place, "SEND", 5)
    body = {"holding_id": holding, "packages": 5, "to_unit_id": 2}
    sent = post(place.caller(), place.key(), "/stock/transfers", body)["answer"]
    place.scene.run("INSERT INTO cabinet VALUES (9, 2, 'Skab') ON CONFLICT DO NOTHING")
    callers = [
        place.caller(user="pharmacist2", unit=2, patience_s=LONGEST_S) for _ in range(SIXTEEN)
    ]
    keys = [place.key() for _ in callers]
    told: list[dict[str, Any]] = []
    path = f"/stock/transfers/{sent['transfer_id']}/arrivals"

    def act(caller: Caller, number: int) -> None:
        told.append(post(caller, keys[number], path, {"packages": 5, "cabinet_id": 9}))

    place.at_once(callers, act)
    assert Counter(one["status"] for one in told) == {201: 1, 409: 15}
    assert slugs(told) == {"nothing-on-its-way"}
