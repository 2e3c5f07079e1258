"""Injections by day and methadone for the night on one paper list: a row for each of the two."""

from typing import Any

import pytest

from tests.downtime.conftest import Clinic
from tests.night import NIGHT, paired


@pytest.fixture
def paper(clinic: Clinic) -> tuple[Clinic, int, int]:
    """Back from an outage with one list used, on it one person with both orders."""
    person = paired(clinic.scene, clinic.unit)
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    return clinic, serial, person


def both(clinic: Clinic, serial: int, person: int) -> tuple[dict[str, Any], dict[str, Any]]:
    kept = clinic.scene.one("SELECT rows FROM emergency_list_rows WHERE serial = %s", serial)
    by_day, at_night = [row for row in kept if row["person_id"] == person]
    return by_day, at_night


def test_a_row_for_each(clinic: Clinic) -> None:
    """H08 H20 H25: product, amount and order of each row are its own; each names the other."""
    person = paired(clinic.scene, clinic.unit)
    by_day, at_night = both(clinic, clinic.printed(), person)
    today = clinic.scene.today.isoformat()
    assert by_day["doses"] == [[today, 1, 200_000, "supervised"]]
    assert at_night["doses"] == [[today, NIGHT, 60_000, "take_home"]]
    assert by_day["product_code"] == "heroin-100" and not by_day["night"]
    assert at_night["product_code"] == "metadon-1" and at_night["night"]
    assert at_night["product"].startswith("TIL NATTEN")
    assert at_night["prescription"] == [person * 10 + 5, 2]
    assert "Har også metadon til natten" in by_day["signs"]
    assert "Har også injektioner" in at_night["signs"]


def test_both_rows_typed_in_are_two_hand_outs(paper: tuple[Clinic, int, int]) -> None:
    """H01 H20: each claims its own part and limit, and neither stands in the other's way."""
    clinic, serial, person = paper
    by_day, at_night = both(clinic, serial, person)
    for row in (at_night, by_day):
        told = clinic.told(serial, person, row_no=row["row_no"])
        assert told["conflicts"] == [], told
    used = "SELECT used_ug, night_ug, substance FROM person_day WHERE person_id = %s AND day = %s"
    found = clinic.scene.run(used, person, clinic.scene.today).fetchone()
    assert found == (200_000, 60_000, "diacetylmorphine")
    claims = "SELECT part, state FROM claim WHERE person_id = %s AND for_day = %s ORDER BY part"
    rows = clinic.scene.run(claims, person, clinic.scene.today).fetchall()
    assert rows == [(1, "given"), (NIGHT, "given")]


def test_the_night_that_was_fetched_at_the_counter_is_a_conflict(clinic: Clinic) -> None:
    """H01 H20: given at the counter after the list was printed, and again from paper."""
    person = paired(clinic.scene, clinic.unit)
    serial = clinic.printed()
    doses = [clinic.nurse.dose("60", part=NIGHT, how="take_home")]
    shown = {"prescription_id": person * 10 + 5, "prescription_version": 2}
    clinic.nurse.given(person, doses=doses, **shown)
    clinic.down(0)
    clinic.over(serial)
    by_day, at_night = both(clinic, serial, person)
    assert clinic.told(serial, person, row_no=by_day["row_no"])["conflicts"] == []
    assert clinic.told(serial, person, row_no=at_night["row_no"])["conflicts"] == ["already-given"]
