"""The routes of supply orders and of a pharmacy's own packages.

A clinic is no pharmacy: its people read an order only where one is written to it by hand, and its
pharmacist hands nothing out; who is one at a pharmacy is asked in tests/treatment.
"""

from datetime import timedelta
from typing import Any

from tests.api.matrix.ground import HANDS_OUT, Ground, Route

DOCTOR = "doctor"
SENT_TO = 91
NOBODY_HERE = ""


def _pharmacy(ground: Ground) -> int:
    if ground.scene.one("SELECT 1 FROM unit WHERE unit_id = %s", SENT_TO) is None:
        ground.scene.unit(SENT_TO, "Svaneapoteket", "pharmacy")
    return SENT_TO


def supply_of(ground: Ground, person: int, unit_id: int, pharmacy: int) -> int:
    """A supply order with the coming week, as the owner loads it."""
    scene, doctor = ground.scene, 10 * unit_id + 1
    number = scene.one("SELECT nextval('supply_id_seq')")
    scene.run(
        "INSERT INTO supply_order VALUES (%s, 1, %s, %s, %s, 'issued', %s, NULL, %s,"
        " '{1,2,3,4,5,6,7}', '{1,2,3,4,5,6,7}', '{1,2,3,4,5,6,7}', 1, '[]', 'dk-crk-2026',"
        " 'bor ved apoteket', %s, now())",
        *(number, person, unit_id, pharmacy, scene.today, scene.today + timedelta(days=6), doctor),
    )
    for ahead in range(7):
        scene.run(
            "INSERT INTO supply_day (supply_id, person_id, day, from_unit_id, unit_id, decided_by,"
            " decided_at) VALUES (%s, %s, %s, %s, %s, %s, now())",
            *(number, person, scene.today + timedelta(days=ahead), unit_id, pharmacy, doctor),
        )
    return int(number)


def sent(ground: Ground) -> int:
    """A person of the unit, sent to a pharmacy; the days begin tomorrow: today is told here."""
    person = ground.person()
    supply_of(ground, person, ground.unit_id, _pharmacy(ground))
    return person


def sent_to_us(ground: Ground, **changes: Any) -> tuple[int, int]:
    """An order written to this unit as if it were a pharmacy: the person, and the order."""
    _pharmacy(ground)
    person = ground.scene.person(SENT_TO, **changes)
    return person, supply_of(ground, person, SENT_TO, ground.unit_id)


def _to_us(ground: Ground) -> int:
    return sent_to_us(ground)[1]


ROUTES: dict[str, Route] = {
    "GET /supply-orders": (HANDS_OUT, 403, lambda g: ("/supply-orders", None)),
    "GET /supply-orders/changes": (HANDS_OUT, 403, lambda g: ("/supply-orders/changes", None)),
    "GET /supply-orders/{supply_id}": (
        HANDS_OUT,
        403,
        lambda g: (f"/supply-orders/{_to_us(g)}", None),
    ),
    "POST /supply-orders/{supply_id}/missed": (
        HANDS_OUT,
        403,
        lambda g: (f"/supply-orders/{_to_us(g)}/missed", {"day": str(g.scene.today)}),
    ),
    "POST /supply-orders/{supply_id}/oddities": (
        HANDS_OUT,
        403,
        lambda g: (f"/supply-orders/{_to_us(g)}/oddities", {"text": "virkede sløret"}),
    ),
    "GET /people/{person_id}/supply-order": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{sent(g)}/supply-order", None),
    ),
    "POST /people/{person_id}/supply-order/end": (
        DOCTOR,
        403,
        lambda g: (f"/people/{sent(g)}/supply-order/end", {"reason": "kommer hjem igen"}),
    ),
    "POST /own-packages": (
        NOBODY_HERE,
        403,
        lambda g: (
            "/own-packages",
            {
                "product_code": "metadon-1",
                "lot": "AP1",
                "expires_on": str(g.scene.today + timedelta(days=200)),
            },
        ),
    ),
    "POST /own-packages/{bottle_id}/away": (
        NOBODY_HERE,
        403,
        lambda g: ("/own-packages/1/away", None),
    ),
}
