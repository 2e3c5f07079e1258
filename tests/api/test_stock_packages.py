"""Packages by scan: received, opened, moved; what a code cannot say is never guessed."""

from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.api.storeroom import PACKAGES_UG, Storeroom, code, gtin
from tests.scene import Scene


@pytest.fixture(scope="module")
def store(scene: Scene, nurse: Counter, neighbour: Counter) -> Storeroom:
    scene.bottle(1, "metadon-5")  # Two strengths of one liquid stand open: only a scan decides.
    return Storeroom.furnish(scene, nurse)


def test_a_scanned_package_is_taken_in_with_its_batch(store: Storeroom, scene: Scene) -> None:
    done = store.receive(lot="NEW-1", packages=3)
    assert done["product_code"] == "metadon-1"
    assert done["amount_ug"] == 3 * PACKAGES_UG["metadon-1"] == store.held(done["holding_id"])
    batch = scene.run("SELECT lot, expires_on FROM batch WHERE batch_id = %s", done["batch_id"])
    assert batch.fetchone() == ("NEW-1", store.expiry)
    again = store.receive(lot="NEW-1", packages=2)
    assert (again["batch_id"], again["holding_id"]) == (done["batch_id"], done["holding_id"])
    assert store.held(done["holding_id"]) == 5 * PACKAGES_UG["metadon-1"]


@pytest.mark.parametrize("end", ["\x1d", "<GS>", "{GS}", "|", "~", "^]", "␝"])
@pytest.mark.parametrize("before", ["", "]d2", "]C1"])
def test_every_scanner_is_understood(store: Storeroom, end: str, before: str) -> None:
    """A scanner that types cannot type the sign that ends a field; each make writes its own."""
    serial = f"S{abs(hash((end, before))) % 10**9}"
    scanned = before + code("metadon-1", "LOT-GS", store.expiry, serial, end=end)
    done = store.receive(packages=1, code=scanned)
    assert (done["lot"], done["product_code"]) == ("LOT-GS", "metadon-1")


@pytest.mark.parametrize(
    ("scanned", "slug"),
    [
        ("B-12", "not-a-package-code"),
        ("hello", "not-a-package-code"),
        ("01" + "1" * 14, "not-a-package-code"),
        ("01" + gtin("metadon-1"), "package-code-incomplete"),
        ("01" + gtin("metadon-1") + "10LOT", "package-code-incomplete"),
        ("01" + gtin("metadon-1") + "17991399" + "10LOT", "not-a-package-code"),
        ("01" + gtin("metadon-1") + "17280131" + "10LOT 7\x1d21é", "not-a-package-code"),
        ("(01)" + "9" * 190, "not-a-package-code"),
        # The end of the batch was lost: it would swallow the serial number.
        ("01" + gtin("metadon-1") + "17280131" + "10" + "A" * 25, "not-a-package-code"),
    ],
    ids=str,
)
def test_a_code_that_cannot_be_read_whole(
    store: Storeroom, scanned: str, slug: str, unchanged: None
) -> None:
    body = {"code": scanned, "cabinet_id": 1, "supplier": "Grossisten"}
    problem(store.nurse.send("POST", "/stock/receipts", body), 422, slug)


def test_what_must_not_come_in(store: Storeroom, scene: Scene) -> None:
    """H25: each no has its own name and is an entry; nothing moves."""
    store.receive(lot="KNOWN")

    def refused(scanned: str, **more: Any) -> str:
        body = {"code": scanned, "cabinet_id": 1, "supplier": "Grossisten"} | more
        before = scene.one("SELECT count(*) FROM stock_movement")
        answer = problem(store.nurse.send("POST", "/stock/receipts", body), 409)
        assert scene.one("SELECT count(*) FROM stock_movement") == before
        return str(answer["type"]).rpartition("/")[2]

    yesterday = scene.today - timedelta(days=1)
    unknown = code("metadon-1", "X", store.expiry).replace(gtin("metadon-1"), "0" * 14)
    assert refused(unknown) == "unknown-package"
    assert refused(code("metadon-1", "OLD", yesterday)) == "batch-expired"
    other = store.expiry + timedelta(days=31)
    assert refused(code("metadon-1", "KNOWN", other)) == "expiry-differs"
    five = code("metadon-5", "KNOWN", store.expiry)
    assert refused(five, expected_product="metadon-1") == "wrong-product"
    told = scene.one("SELECT count(*) FROM ledger_payload WHERE kind = 'unit-act-refused'")
    assert told >= 4
    problem(
        store.nurse.send(
            "POST",
            "/stock/receipts",
            {"code": store.code(), "cabinet_id": 3, "supplier": "Grossisten"},
        ),
        404,
    )


def test_the_same_package_is_taken_in_once_and_opened_once(store: Storeroom) -> None:
    """H23: a serial number is one package, however often somebody scans it."""
    scanned = store.code(lot="SER", serial="A1")
    body = {"code": scanned, "cabinet_id": 1, "supplier": "Grossisten"}
    assert store.nurse.send("POST", "/stock/receipts", body).status_code == 201
    problem(store.nurse.send("POST", "/stock/receipts", body), 409, "package-already-received")
    two = body | {"code": store.code(lot="SER", serial="A2"), "packages": 2}
    problem(store.nurse.send("POST", "/stock/receipts", two), 409, "scan-each-package")
    assert store.open(code=scanned).status_code == 201
    store.receive(lot="SER", packages=1)
    problem(store.open(code=scanned), 409, "package-already-opened")


def test_opening_takes_a_package_out_of_the_cabinet(store: Storeroom, scene: Scene) -> None:
    done = store.receive(lot="OPEN", packages=2)
    bottle = store.opened(lot="OPEN")
    assert bottle["scan_code"] == f"B-{bottle['bottle_id']}"
    assert store.balance(bottle["bottle_id"]) == PACKAGES_UG["metadon-1"]
    assert store.held(done["holding_id"]) == PACKAGES_UG["metadon-1"]
    store.opened(lot="OPEN")
    problem(store.open(lot="OPEN"), 409, "not-in-cabinet")
    problem(store.open(lot="NEVER-CAME"), 409, "not-in-cabinet")


def test_the_other_strength_is_told_when_it_stands_open_too(store: Storeroom) -> None:
    store.receive("metadon-5", "FIVE")
    assert store.opened("metadon-5", "FIVE")["other_strengths_open"] == ["Metadon 1 mg/ml"]


@pytest.mark.parametrize(
    ("ordered", "scanned", "said"),
    [("metadon-1", "metadon-5", "1"), ("metadon-5", "metadon-1", "5")],
)
def test_one_and_five_mg_per_ml_cannot_be_confused(
    store: Storeroom, scene: Scene, ordered: str, scanned: str, said: str
) -> None:
    """H08: from the package's own code to the glass: the scan decides what the bottle is, the
    order what may come of it, and the volume is that of the scanned strength. Both directions."""
    lot = f"H08-{ordered}"
    store.receive(scanned, lot)
    store.receive(ordered, lot)
    problem(
        store.open(scanned, lot, expected_product=ordered),
        409,
        "wrong-product",
    )
    wrong, right = store.opened(scanned, lot), store.opened(ordered, lot)
    person = scene.person(product=ordered)
    refused = store.nurse.reserve(person, bottle_code=wrong["scan_code"])
    assert refused.status_code == 409
    assert refused.json()["verdict"]["severity"] == "stop"
    assert "wrong-strength" in findings(refused)
    # Without a scan nothing decides between the two that stand there.
    assert store.nurse.reserve(person).status_code == 409
    taken = store.nurse.reserve(person, bottle_code=right["scan_code"])
    assert taken.status_code == 201, taken.text
    assert taken.json()["doses"][0]["volume_ml"] == {"1": "80", "5": "16"}[said]
    assert store.balance(wrong["bottle_id"]) == PACKAGES_UG[scanned]
    assert store.balance(right["bottle_id"]) == PACKAGES_UG[ordered] - 80_000


def test_packages_move_between_cabinets_of_the_unit(store: Storeroom) -> None:
    done = store.receive(lot="MOVE", packages=4)
    body = {"holding_id": done["holding_id"], "packages": 3, "to_cabinet_id": 2}
    moved = store.nurse.send("POST", "/stock/relocations", body)
    assert moved.status_code == 201
    assert store.held(moved.json()["holding_id"]) == 3 * PACKAGES_UG["metadon-1"]
    problem(store.nurse.send("POST", "/stock/relocations", body), 409, "stock-too-low")
    problem(store.open(lot="MOVE"), 409, "several-cabinets")
    assert store.open(lot="MOVE", cabinet_id=2).status_code == 201
    problem(store.nurse.send("POST", "/stock/relocations", body | {"to_cabinet_id": 3}), 404)
    problem(store.nurse.send("POST", "/stock/relocations", body | {"to_cabinet_id": 1}), 422)


def test_a_batch_put_aside_is_used_nowhere(
    store: Storeroom, scene: Scene, doctor: Counter, neighbour: Counter
) -> None:
    """H25: not received, not opened, not poured; only a doctor or pharmacist sets it free."""
    done = store.receive(lot="ASIDE")
    bottle = store.opened(lot="ASIDE")
    path = f"/stock/batches/{done['batch_id']}/notices"
    aside = {"state": "quarantined", "reason": "bundfald i flasken"}
    problem(neighbour.send("POST", path, aside), 404)
    assert store.nurse.send("POST", path, aside).status_code == 200
    problem(store.open(lot="ASIDE"), 409, "batch-quarantined")
    person = scene.person()
    assert store.nurse.reserve(person, bottle_code=bottle["scan_code"]).status_code == 409
    free = {"state": "released", "reason": "apoteket har set på det"}
    problem(store.nurse.send("POST", path, free), 403)
    assert doctor.send("POST", path, free).status_code == 200
    assert store.nurse.reserve(person, bottle_code=bottle["scan_code"]).status_code == 201
    recalled = {"state": "recalled", "reason": "tilbagekaldt af producenten"}
    assert store.nurse.send("POST", path, recalled).status_code == 200
    problem(doctor.send("POST", path, free), 409, "batch-recalled")


def test_an_emptied_bottle_is_taken_away_and_no_other(store: Storeroom, scene: Scene) -> None:
    empty = scene.bottle(1, "metadon-1", opening_ug=1)
    problem(store.nurse.send("POST", f"/stock/bottles/{empty}/closed"), 409, "bottle-not-empty")
    assert store.destroy(empty, "0.001").status_code == 201
    problem(store.nurse.send("POST", f"/stock/bottles/{empty}/closed"), 409, "bottle-closed")


def test_a_repeated_key_receives_once(store: Storeroom, nurse: Counter) -> None:
    """H04: the delivery is not taken in twice because an answer was lost."""
    body = {"code": store.code(lot="KEY"), "cabinet_id": 1, "supplier": "Grossisten"}
    first = nurse.send("POST", "/stock/receipts", body, key="receipt-key-1")
    again = nurse.send("POST", "/stock/receipts", body, key="receipt-key-1")
    assert first.json() == again.json()
    assert store.held(first.json()["holding_id"]) == PACKAGES_UG["metadon-1"]
