"""The routes of stock, for the table of who may do what."""

from collections.abc import Callable
from typing import Any

from tests.api.matrix.ground import Sent
from tests.api.storeroom import Storeroom
from tests.scene import PASSWORD

HANDLES_STOCK = "nurse doctor pharmacist"
READS_THE_REGISTER = "doctor pharmacist auditor"

WITNESS = {"username": "nurse1b", "password": PASSWORD}


def _store(ground: Any) -> Storeroom:
    if ground.scene.one("SELECT 1 FROM cabinet") is None:
        made = Storeroom.furnish(ground.scene, ground.nurse)
        made.receive(packages=500)
        if ground.scene.one("SELECT 1 FROM unit WHERE unit_id = 2") is None:
            ground.scene.unit(2, "Nabohuset")
    return Storeroom(ground.scene, ground.nurse)


def _holding(ground: Any) -> int:
    return int(_store(ground).receive(lot="ROLES", packages=2)["holding_id"])


def _bottle(ground: Any) -> int:
    return int(_store(ground).opened()["bottle_id"])


def _receipt(ground: Any) -> Sent:
    body = {"code": _store(ground).code(), "cabinet_id": 1, "supplier": "Grossisten"}
    return "/stock/receipts", body


def _opening(ground: Any) -> Sent:
    store = _store(ground)
    store.receive(lot="ROLE-OPEN", packages=1)
    return "/stock/openings", {"code": store.code(lot="ROLE-OPEN")}


def _relocation(ground: Any) -> Sent:
    body = {"holding_id": _holding(ground), "packages": 1, "to_cabinet_id": 2}
    return "/stock/relocations", body


def _sending(ground: Any) -> Sent:
    return "/stock/transfers", {"holding_id": _holding(ground), "packages": 1, "to_unit_id": 2}


def _sent(ground: Any) -> int:
    path, body = _sending(ground)
    return int(ground.nurse.send("POST", path, body).json()["transfer_id"])


def _arrival(ground: Any) -> Sent:
    """A transfer from the other unit to this one."""
    _store(ground)
    number = ground.scene.one("SELECT nextval('stock_transfer_id_seq')")
    ground.scene.run("INSERT INTO stock_transfer VALUES (%s, 2, 1, 20, now())", number)
    batch = ground.scene.one("SELECT min(batch_id) FROM batch WHERE product_code = 'metadon-1'")
    act = ground.scene.one("SELECT nextval('stock_act_id_seq')")
    holding = ground.scene.one(
        "INSERT INTO holding (unit_id, place, transfer_id, product_code, batch_id, package_ug,"
        " balance_ug) VALUES (2, 'transit', %s, 'metadon-1', %s, 1000, 2000) RETURNING holding_id",
        number,
        batch,
    )
    ground.scene.run(
        "INSERT INTO stock_act (act_id, kind, unit_id, day, transfer_id, done_by, done_at, reason)"
        " VALUES (%s, 'sent', 2, %s, %s, 20, now(), 'scene')",
        act,
        ground.scene.today,
        number,
    )
    ground.scene.run(
        "INSERT INTO stock_movement (holding_id, kind, delta_ug, act_id, moved_by, moved_at)"
        " VALUES (%s, 'sent', 2000, %s, 20, now())",
        holding,
        act,
    )
    return f"/stock/transfers/{number}/arrivals", {"packages": 1, "cabinet_id": 1}


def _asked_disposal(ground: Any) -> dict[str, Any]:
    line = {"place": "bottle", "number": _bottle(ground), "amount": "1"}
    return {"kind": "destroyed", "lines": [line], "reason": "rest i flasken"}


def _signed(ground: Any, path: str, name: str, asked: dict[str, Any]) -> Sent:
    shown = ground.nurse.send("POST", f"{path}/text", asked).json()
    return path, {name: asked, "seen_sha256": shown["sha256"], "witness": WITNESS}


def _disposal(ground: Any) -> Sent:
    return _signed(ground, "/stock/disposals", "disposal", _asked_disposal(ground))


def _missing(ground: Any) -> Sent:
    return f"/stock/transfers/{_sent(ground)}/missing", {"reason": "knust undervejs"}


def _signed_missing(ground: Any) -> Sent:
    path, asked = _missing(ground)
    return _signed(ground, path, "missing", asked)


def _count(ground: Any) -> Sent:
    _store(ground)
    rows = ground.scene.run(
        "SELECT bottle_id FROM bottle WHERE counter_id = 1"
        " AND (closed_at IS NULL OR balance_ug <> 0)"
    ).fetchall()
    lines = [{"number": row[0], "counted": "1"} for row in rows]
    body = {"place": "counter", "number": 1, "shift": "end", "lines": lines}
    return "/stock/counts", body


def counted(ground: Any) -> int:
    """A count of a counter, differences and all."""
    return int(ground.nurse.send("POST", *_count(ground)).json()["count_id"])


def _explanation(ground: Any) -> Sent:
    path, body = _count(ground)
    answer = ground.nurse.send("POST", path, body).json()
    return f"{path}/{answer['count_id']}/lines/1/explanation", {
        "reason": "talt forkert",
        "adjust": False,
    }


def _signed_explanation(ground: Any) -> Sent:
    path, asked = _explanation(ground)
    return _signed(ground, path, "explanation", asked)


def _notice(ground: Any) -> Sent:
    batch = _store(ground).receive(lot=f"N{_holding(ground)}-{_bottle(ground)}")["batch_id"]
    body = {"state": "quarantined", "reason": "bundfald i flasken"}
    return f"/stock/batches/{batch}/notices", body


def _emptied(ground: Any) -> Sent:
    _store(ground)
    number = ground.scene.bottle(1, "metadon-1", opening_ug=1)
    ground.scene.run("UPDATE bottle SET balance_ug = 0 WHERE bottle_id = %s", number)
    ground.scene.run(
        "INSERT INTO stock_movement (bottle_id, kind, delta_ug, moved_by, moved_at)"
        " VALUES (%s, 'poured', -1, 10, now())",
        number,
    )
    return f"/stock/bottles/{number}/closed", None


def _text_of(make: Callable[[Any], Sent]) -> Callable[[Any], Sent]:
    def made(ground: Any) -> Sent:
        path, body = make(ground)
        return f"{path}/text", body

    return made


MAKERS: dict[str, tuple[str, Callable[[Any], Sent]]] = {
    "POST /stock/receipts": (HANDLES_STOCK, _receipt),
    "POST /stock/openings": (HANDLES_STOCK, _opening),
    "POST /stock/relocations": (HANDLES_STOCK, _relocation),
    "POST /stock/transfers": (HANDLES_STOCK, _sending),
    "POST /stock/transfers/{transfer_id}/arrivals": (HANDLES_STOCK, _arrival),
    "POST /stock/transfers/{transfer_id}/missing/text": (HANDLES_STOCK, _text_of(_missing)),
    "POST /stock/transfers/{transfer_id}/missing": (HANDLES_STOCK, _signed_missing),
    "POST /stock/disposals/text": (
        HANDLES_STOCK,
        lambda g: ("/stock/disposals/text", _asked_disposal(g)),
    ),
    "POST /stock/disposals": (HANDLES_STOCK, _disposal),
    "POST /stock/counts": (HANDLES_STOCK, _count),
    "POST /stock/counts/{count_id}/lines/{line}/explanation/text": (
        HANDLES_STOCK,
        _text_of(_explanation),
    ),
    "POST /stock/counts/{count_id}/lines/{line}/explanation": (HANDLES_STOCK, _signed_explanation),
    "POST /stock/batches/{batch_id}/notices": (HANDLES_STOCK, _notice),
    "POST /stock/bottles/{bottle_id}/closed": (HANDLES_STOCK, _emptied),
}
for kind in ("", ".csv", ".pdf"):
    MAKERS[f"GET /stock/register{kind}"] = (
        READS_THE_REGISTER,
        lambda g, kind=kind: (
            f"/stock/register{kind}?product=metadon-1&from={g.scene.today}&to={g.scene.today}",
            None,
        ),
    )
ROUTES = {route: (may, 403, make) for route, (may, make) in MAKERS.items()}
