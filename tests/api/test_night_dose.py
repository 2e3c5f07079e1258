"""Injections by day and oral methadone for the night: both orders, each handed out as itself."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.api.client import Counter, findings, problem
from tests.night import NIGHT, paired
from tests.scene import Scene


def session(nurse: Counter, part: int = 1, **changes: Any) -> dict[str, Any]:
    return {"doses": [nurse.dose("200", part=part)]} | changes


def tonight(
    nurse: Counter, person: int, *days: int, mg: str = "60", how: str = "take_home"
) -> dict[str, Any]:
    """The night's doses for these days from today, under the night's own order."""
    doses = [nurse.dose(mg, part=NIGHT, days=ahead, how=how) for ahead in days or (0,)]
    return {"doses": doses, "prescription_id": person * 10 + 5, "prescription_version": 2}


def night_ug(scene: Scene, person: int) -> int:
    sql = "SELECT night_ug FROM person_day WHERE person_id = %s AND day = %s"
    return int(scene.one(sql, person, scene.today) or 0)


def test_a_whole_day_is_two_sessions_and_the_night(scene: Scene, nurse: Counter) -> None:
    """H01 H25: each from its own bottle, under its own order, once; no claim meets the other."""
    person = paired(scene)
    of = "SELECT balance_ug FROM bottle WHERE product_code = %s AND unit_id = 1"
    heroin, methadone = scene.one(of, "heroin-100"), scene.one(of, "metadon-1")
    first = nurse.given(person, **session(nurse))
    night = nurse.reserve(person, **tonight(nurse, person))
    assert night.status_code == 201, night.text
    assert night.json()["verdict"]["severity"] == "allow"
    assert night.json()["doses"][0]["volume_ml"] == "60"
    assert nurse.give(night.json()["reservation_id"]).status_code == 200
    scene.hours_earlier(first, 7)
    nurse.given(person, **session(nurse, part=2))
    assert scene.one(of, "heroin-100") == heroin - 400_000
    assert scene.one(of, "metadon-1") == methadone - 60_000
    assert (scene.used(person), night_ug(scene, person)) == (400_000, 60_000)
    for again in (session(nurse), session(nurse, part=2), tonight(nurse, person)):
        assert nurse.reserve(person, **again).status_code == 409
    claims = scene.run(
        "SELECT part FROM claim WHERE person_id = %s AND for_day = %s ORDER BY part",
        person,
        scene.today,
    ).fetchall()
    assert [part for (part,) in claims] == [1, 2, NIGHT]


def test_nobody_gets_two_night_doses(scene: Scene, nurse: Counter, colleague: Counter) -> None:
    """H01 H02: reserved here, then asked for at another counter; and again when it was fetched."""
    person = paired(scene)
    reserved = nurse.reserved(person, **tonight(nurse, person))
    second = colleague.reserve(person, **tonight(nurse, person))
    assert second.json()["blocking"][0] == "being-handed-out"
    assert nurse.give(reserved).status_code == 200
    third = colleague.reserve(person, **tonight(nurse, person))
    assert third.json()["blocking"][0] == "covered-by-take-home"
    more = nurse.reserve(person, **tonight(nurse, person, 0, mg="1"))
    assert "day-above-ordered" in findings(more)


def test_the_order_is_the_one_the_dose_is_of(scene: Scene, nurse: Counter) -> None:
    """H10 H25: a session from the methadone bottle, or tonight's under the other order, stops."""
    person = paired(scene)
    bottle = scene.one(
        "SELECT scan_code FROM bottle WHERE product_code = 'metadon-1' AND unit_id = 1 LIMIT 1"
    )
    wrong = nurse.reserve(person, **session(nurse), bottle_code=bottle)
    assert "wrong-substance" in findings(wrong)
    shown = tonight(nurse, person) | {"prescription_id": person * 10, "prescription_version": 1}
    assert "prescription-changed" in findings(nurse.reserve(person, **shown))
    both = [nurse.dose("200"), nurse.dose("60", part=NIGHT, how="take_home")]
    assert "part-does-not-exist" in findings(nurse.reserve(person, doses=both))


def test_without_injections_it_is_nothing_to_hand_out(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H11: the order of injections ran out; the night's order is no whole treatment."""
    person = paired(scene, valid_to_days=-1)
    refused = nurse.reserve(person, **tonight(nurse, person))
    assert refused.json()["blocking"] == ["night-dose-alone"]
    doctor.decide(person, "night-dose-alone")
    assert nurse.reserve(person, **tonight(nurse, person)).status_code == 409
    doctor.decide(person, "night-dose-alone", night=True)
    assert nurse.reserve(person, **tonight(nurse, person)).status_code == 201


@pytest.mark.parametrize("product", ["metadon-1", "bupre-8"])
def test_beside_any_other_order_it_is_never_handed_out(
    scene: Scene, nurse: Counter, doctor: Counter, product: str
) -> None:
    """H01 H25: whoever no longer injects gets the night's methadone under no decision."""
    person = paired(scene)
    told = {"parts_ug": None, "valid_to_days": 60, "high_dose_reason": None, "from_days_ago": 1}
    scene.prescribe(person, product=product, daily_ug=16_000, **told)
    refused = nurse.reserve(person, **tonight(nurse, person))
    assert "night-dose-beside-other" in refused.json()["blocking"]
    doctor.decide(person, *refused.json()["blocking"], night=True)
    assert nurse.reserve(person, **tonight(nurse, person)).status_code == 409


def test_methadone_by_day_meets_the_night_that_was_fetched(scene: Scene, nurse: Counter) -> None:
    """H01: fetched for tonight, then the doctor changes to methadone by day: not today as well."""
    person = paired(scene)
    nurse.given(person, **tonight(nurse, person))
    told = {"parts_ug": None, "valid_to_days": 60, "high_dose_reason": None, "from_days_ago": 0}
    version = scene.prescribe(person, product="metadon-1", daily_ug=30_000, **told)
    asked = {"doses": [nurse.dose("30")], "prescription_version": version}
    refused = nurse.reserve(person, **asked)
    assert {"night-dose-beside-other", "day-above-ordered"} <= set(findings(refused))


def test_missed_sessions_and_missed_nights_are_counted_apart(scene: Scene, nurse: Counter) -> None:
    """H11: nights at home cover no session, and sessions no night."""
    away = paired(scene, last_covered_days_ago=5)
    assert "missed-days" in nurse.reserve(away, **session(nurse)).json()["blocking"]
    assert nurse.reserve(away, **tonight(nurse, away)).status_code == 201
    no_nights = paired(scene, night_had_days_ago=5)
    assert nurse.reserve(no_nights, **session(nurse)).status_code == 201
    missed = nurse.reserve(no_nights, **tonight(nurse, no_nights))
    assert "missed-days" in missed.json()["blocking"]


def test_a_first_night_is_a_beginning(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H11 H17: more than a first day's methadone, or carried home, is the doctor's question."""
    new = {"night_had_days_ago": None, "night_first_dose_on": None}
    too_much = paired(scene, **new)
    refused = nurse.reserve(too_much, **tonight(nurse, too_much)).json()["blocking"]
    doctor.decide(too_much, *refused, night=True)
    still = nurse.reserve(too_much, **tonight(nurse, too_much)).json()["blocking"]
    assert still == ["first-day-above-limit"]
    person = paired(scene, night={"daily_ug": 30_000}, **new)
    refused = nurse.reserve(person, **tonight(nurse, person, mg="30")).json()["blocking"]
    assert refused == ["take-home-in-titration"]
    doctor.decide(person, *refused, night=True)
    first = nurse.given(person, **tonight(nurse, person, mg="30"))
    began = "SELECT night_first_dose_on FROM care WHERE person_id = %s"
    assert scene.one(began, person) == scene.today
    taken_back = doctor.tell(first, "reversals", reason="wrong person")
    assert taken_back.status_code in (200, 201), taken_back.text
    assert scene.one(began, person) is None and night_ug(scene, person) == 0


def test_swallowed_here_it_waits_for_the_injection(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H12: methadone on top of an injection of the same hour is the doctor's question."""
    person = paired(scene)
    given = nurse.given(person, **session(nurse))
    refused = nurse.reserve(person, **tonight(nurse, person, how="supervised"))
    assert refused.json()["blocking"] == ["too-soon"]
    scene.hours_earlier(given, 7)
    nurse.given(person, **tonight(nurse, person, how="supervised"))
    later = nurse.reserve(person, **session(nurse, part=2))
    assert later.json()["blocking"] == ["too-soon"]


def test_a_doctors_yes_is_of_one_order_and_a_no_of_both(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H10 H11: missed sessions allowed say nothing of missed nights; a no stands for both."""
    person = paired(scene, last_covered_days_ago=5, night_had_days_ago=5)
    rules = nurse.reserve(person, **session(nurse)).json()["blocking"]
    doctor.decide(person, *rules)
    assert nurse.reserve(person, **session(nurse)).status_code == 201
    assert "missed-days" in nurse.reserve(person, **tonight(nurse, person)).json()["blocking"]
    other = paired(scene, last_covered_days_ago=5, night_had_days_ago=5)
    nights = nurse.reserve(other, **tonight(nurse, other)).json()["blocking"]
    doctor.decide(other, *nights, night=True)
    doctor.decide(other, *nights, allow=False)
    assert nurse.reserve(other, **tonight(nurse, other)).status_code == 409
    body = {"allow": True, "rule_ids": ["vomited-today"], "reason": "seen", "extra_mg": "10"}
    problem(doctor.send("POST", f"/people/{other}/decisions", body | {"night": True}), 422)


def test_a_question_of_the_night_is_answered_as_one(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H10: the doctor sees of which order it was asked."""
    person = paired(scene, night_had_days_ago=5)
    body = {"order": nurse.order(person, **tonight(nurse, person)), "note": None}
    assert nurse.send("POST", "/questions", body).status_code == 201
    waiting = [one for one in doctor.get("/questions").json() if one["person_id"] == person]
    assert [one["night"] for one in waiting] == [True]
    rules = [one["rule_id"] for one in waiting[0]["verdict"]["findings"]]
    doctor.decide(person, *rules, night=True)
    assert person not in [one["person_id"] for one in doctor.get("/questions").json()]


def test_both_are_shown_to_who_looks(scene: Scene, nurse: Counter) -> None:
    """Person and list over the API: what is planned of each."""
    person = paired(scene)
    seen = nurse.get(f"/people/{person}").json()
    assert [dose["part"] for dose in seen["plan"]] == [1]
    assert [dose["part"] for dose in seen["night"]["plan"]] == [NIGHT]
    assert seen["night"]["prescription"] == [person * 10 + 5, 2]
    night = nurse.get(f"/people/{person}?night=true").json()
    assert night["prescription"] == [person * 10 + 5, 2]
    assert [dose["amount_ug"] for dose in night["plan"]] == [60_000]
    row = next(one for one in nurse.get("/today").json()["rows"] if one["person_id"] == person)
    assert (row["planned_ug"], row["night_ug"], row["night"]) == (200_000, 60_000, "due")
    nurse.given(person, **tonight(nurse, person))
    row = next(one for one in nurse.get("/today").json()["rows"] if one["person_id"] == person)
    assert (row["planned_ug"], row["night_ug"], row["night"]) == (200_000, 0, "had")
    ordinary = nurse.get(f"/people/{scene.person()}").json()
    assert ordinary["night"] is None and "beside" not in ordinary["facts"]


def test_a_weekend_at_home_is_a_supply_of_nights(scene: Scene, nurse: Counter) -> None:
    """H15: tonight and the two closed days go home together, with a label each; no injection."""
    person = paired(scene)
    for days in (1, 2):
        scene.close_unit_on(1, days, "Lukket")
    planned = nurse.get(f"/people/{person}?night=true").json()["plan"]
    days = [(scene.today + timedelta(days=ahead)).isoformat() for ahead in range(3)]
    assert [dose["for_on"] for dose in planned] == days
    reserved = nurse.reserved(person, **tonight(nurse, person, 0, 1, 2))
    printed = nurse.send("POST", f"/reservations/{reserved}/labels", {})
    assert printed.status_code in (200, 201), printed.text
    parts = scene.run("SELECT DISTINCT part FROM label WHERE reservation_id = %s", reserved)
    assert parts.fetchall() == [(NIGHT,)]
    home = session(nurse)["doses"][0] | {"how": "take_home"}
    assert "injectable-never-home" in findings(nurse.reserve(person, doses=[home]))


def test_a_day_closes_with_what_was_missed_of_each(scene: Scene, nurse: Counter) -> None:
    """H11: sessions fetched and the night not, the night fetched and no session, neither."""
    sessions, nights, neither = paired(scene), paired(scene), paired(scene)
    nurse.given(sessions, **session(nurse))
    nurse.given(nights, **tonight(nurse, nights))
    for (left,) in scene.run(
        "SELECT DISTINCT reservation_id FROM claim WHERE unit_id = 1 AND state <> 'given'"
    ).fetchall():
        nurse.tell(left, "returned")
    before = scene.one("SELECT event_seq FROM person WHERE person_id = %s", neither)
    answer = nurse.send("POST", f"/days/{scene.today}/close")
    assert answer.status_code == 200, answer.text
    missed = "SELECT planned_ug FROM missed_dose WHERE person_id = %s ORDER BY night"
    found = {one: [ug for (ug,) in scene.run(missed, one)] for one in (sessions, nights, neither)}
    assert found == {sessions: [60_000], nights: [400_000], neither: [400_000, 60_000]}
    assert scene.kinds(neither)[-2:] == ["dose-missed"] * 2
    assert scene.one("SELECT event_seq FROM person WHERE person_id = %s", neither) == before + 2


def test_the_database_lets_nothing_else_through(scene: Scene, nurse: Counter) -> None:
    """H01 H25: the pair is held by the tables, whatever is asked of the service."""
    person, ordinary = paired(scene), scene.person()
    nurse.given(person, **tonight(nurse, person))
    plain = nurse.reserved(ordinary)
    order = "UPDATE person_day SET {} WHERE person_id = %s AND day = %s"
    for change in ("substance = 'methadone', used_ug = 1, limit_ug = 1", "night_ug = 60001"):
        with pytest.raises(psycopg.errors.CheckViolation):
            scene.run(order.format(change), person, scene.today)
    with pytest.raises(psycopg.Error, match="only an order for the night") as refused:
        scene.run(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
            " state, claimed_at) SELECT person_id, for_day, %s, reservation_id, unit_id, amount_ug,"
            " how, state, claimed_at FROM claim WHERE reservation_id = %s",
            NIGHT,
            plain,
        )
    assert refused.value.sqlstate == "DS010"
    told = {"daily_ug": 16_000, "valid_to_days": 9, "high_dose_reason": None, "night": True}
    for product in ("bupre-8", "metadon-inj-10", "heroin-100"):
        with pytest.raises(psycopg.Error, match="only methadone by mouth"):
            scene.prescribe(person, product=product, parts_ug=None, **told)
    with pytest.raises(psycopg.errors.CheckViolation):
        scene.prescribe(person, product="metadon-1", parts_ug=[8_000, 8_000], **told)
