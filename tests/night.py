"""People who inject by day and take methadone for the night, in the small clinic of the tests."""

import json
from datetime import timedelta
from typing import Any

from dispensing.treatment import entries
from tests.scene import BOOK, Scene

NIGHT = 90
#: What is sent of the night's order: its number is that of the person's main order and five more.
NIGHT_MG = "60"


def licensed(scene: Scene, unit_id: int = 1) -> None:
    """The unit may hand out injections, and has a bottle of them."""
    if scene.one("SELECT count(*) FROM unit_licence WHERE unit_id = %s", unit_id):
        return
    since = scene.today - timedelta(days=400)
    scene.run("INSERT INTO unit_licence VALUES (%s, 'diacetylmorphine', %s)", unit_id, since)
    who = (unit_id, 10 * unit_id + 3, scene.today, scene.ledger.now())
    licences = [("diacetylmorphine", since, None)]
    scene.ledger.write(unit_id, entries.licences_set(*who, licences=licences))
    scene.bottle(unit_id, "heroin-100", 10**10)


def paired(
    scene: Scene, unit_id: int = 1, *, night_had_days_ago: int | None = 1, **changes: Any
) -> int:
    """Two sessions of 200 mg, and 60 mg methadone for the night fetched yesterday.

    Everything is recorded; the night doses began long ago. ``night`` changes the night's order.
    """
    licensed(scene, unit_id)
    night = {"product": "metadon-1", "daily_ug": 60_000, "valid_to_days": 60}
    night |= changes.pop("night", {})
    told = {
        "product": "heroin-100",
        "daily_ug": 400_000,
        "parts_ug": [200_000, 200_000],
        "take_home": True,
        "supervised_weekdays": [],
        "take_home_days": 4,
        "night_first_dose_on": scene.today - timedelta(days=200),
    }
    person = scene.person(unit_id, **told | changes)
    order = {"parts_ug": None, "high_dose_reason": None, "night": True}
    version = scene.prescribe(person, **order | night)
    if night_had_days_ago is not None:
        _fetched(scene, person, unit_id, version, night_had_days_ago, night)
    return person


def _fetched(
    scene: Scene, person: int, unit_id: int, version: int, days_ago: int, night: dict[str, Any]
) -> None:
    """A dose for the night carried home so many days ago, with its records."""
    day = scene.today - timedelta(days=days_ago)
    reservation = scene.one("SELECT nextval('reservation_id_seq')")
    at = scene.one("SELECT (%s::date + time '00:10') AT TIME ZONE 'Europe/Copenhagen'", day)
    ug = night["daily_ug"]
    scene.run(
        "INSERT INTO reservation (reservation_id, person_id, unit_id, day, prescription_id,"
        " prescription_version, product_code, doses, verdict, lifts, book_id, reserved_by,"
        " reserved_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '{}', '[]', %s, %s, %s)",
        *(reservation, person, unit_id, day, person * 10 + 5, version, night["product"]),
        *(json.dumps([[day.isoformat(), NIGHT, ug, "take_home"]]), BOOK, 10 * unit_id, at),
    )
    by = 10 * unit_id
    scene.run("INSERT INTO resolution VALUES (%s, 'given', NULL, %s, %s)", reservation, by, at)
    scene.run(
        "INSERT INTO handover VALUES (%s, %s, %s, %s, %s, 'take_home', %s, %s, %s)",
        *(reservation, day, NIGHT, person, unit_id, ug, by, at),
    )
    scene.run(
        "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
        " state, claimed_at) VALUES (%s, %s, %s, %s, %s, %s, 'take_home', 'given', %s)",
        *(person, day, NIGHT, reservation, unit_id, ug, at),
    )
    scene.ledger.taken_over(person, unit_id, reservation, day, ug, at, night=True)
