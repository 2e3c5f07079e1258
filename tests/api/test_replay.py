"""The ledger of a live service asked again: the facts are the counter's own, and so is the verdict.

A walk of verbs is drawn from a seed and played through the API. After each step the facts that the
counter loads from its tables must be those told by the ledger's entries.
"""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
import pytest

from audit.history.reading import Wanted, read_people, read_units
from audit.history.replay import Replay, replay_ledger
from audit.history.telling import Telling
from dispensing.counter.facts_sql import FACTS_FROM, FACTS_SQL
from dispensing.counter.loading import PATIENT
from dosing_rules import Patient, load_book
from tests.api.client import Counter, problem
from tests.clusters import Database
from tests.night import NIGHT, paired
from tests.scene import Scene

ALL_DAYS = Wanted(date.min, date.max)
STEPS = 50
MOMENT = "SELECT clock_timestamp(), (clock_timestamp() AT TIME ZONE 'Europe/Copenhagen')::date"
LOADED = f"""
WITH moment AS (SELECT %(at)s::timestamptz AS at, %(today)s::date AS today, u.unit_id, u.zone,
    u.clinical_chain FROM unit u WHERE u.unit_id = 1)
SELECT {FACTS_SQL} {FACTS_FROM.format(people="p.person_id = %(person)s")}
"""


def loaded_and_told(scene: Scene, person: int) -> tuple[Patient, Patient]:
    """The facts of a person as the tables say and as the ledger says, at one moment."""
    at, today = scene.run(MOMENT).fetchone()
    asked = {"at": at, "today": today, "person": person}
    row = scene.connection.execute(LOADED, asked).fetchone()
    assert row is not None
    telling = told(scene, person)
    unit = read_units(scene.connection).facts(1, 10**9, today)
    return PATIENT.decode(row[0]), telling.history.facts(at, today, unit)


def told(scene: Scene, person: int) -> Telling:
    """One person's history, told from the ledger."""
    units = read_units(scene.connection)
    telling = Telling(person, units, date.min, date.min)
    with scene.connection.transaction():
        for person_id, entries in read_people(scene.connection, ALL_DAYS):
            if person_id == person:
                assert list(telling.tell(entries)) == []
    assert not telling.broken
    return telling


def replayed(database: Database, wanted: Wanted = ALL_DAYS) -> Replay:
    replay = Replay(lambda book_id: (load_book(book_id),))
    with psycopg.connect(database.auditor_url) as connection:
        replay_ledger(connection, wanted, replay)
    return replay


def people_of(scene: Scene) -> list[int]:
    today = scene.today.isoweekday()
    people = [
        scene.person(),
        scene.person(parts_ug=[40_000, 40_000]),
        scene.person(
            take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
        ),
        scene.person(new_to_treatment=True, first_dose_on=None, last_covered_days_ago=None),
        scene.person(product="bupre-8", daily_ug=16_000),
        scene.person(last_covered_days_ago=9),
    ]
    scene.indkald(people[0], days=1)
    scene.indkald(people[2])
    scene.prescribe(
        people[4], product="metadon-1", daily_ug=30_000, parts_ug=None, valid_to_days=40,
        high_dose_reason=None, from_days_ago=3,
    )  # fmt: skip
    return people


def step(
    chance: random.Random,
    scene: Scene,
    counter: tuple[Counter, Counter],
    person: int,
    known: Sequence[int],
) -> Any:
    """One verb, most often a sensible one."""
    nurse, doctor = counter
    still_open = scene.one(
        "SELECT max(reservation_id) FROM claim WHERE person_id = %s AND state <> 'given'", person
    )
    verbs = ["give", "give", "partial", "returned", "refused", "spilled", "doubts"]
    if still_open is None:
        verbs = ["reserve"] * 5 + ["reverse", "vomits", "sign", "complete", "decide", "move"]
    verb = chance.choice(verbs)
    had = scene.one(
        "SELECT max(reservation_id) FROM claim WHERE person_id = %s AND state = 'given'"
        " AND for_day >= %s",
        person,
        scene.today,
    )
    reservation = still_open or had or (chance.choice(known) if known else 1)
    if verb == "reserve":
        part, amount = chance.choice([1, 1, 2]), chance.choice(["80", "40", "30", "20"])
        doses = [nurse.dose(amount, part), *nurse.home(*range(1, chance.randrange(1, 4)))]
        why = [{"rule_id": "amount-below-ordered", "reason": "asked for less"}]
        seen = {"affected": chance.random() < 0.05}
        if chance.random() < 0.2:
            seen |= {"sedation_poss": chance.choice([1, 2, 3]), "breaths_per_minute": 14}
            seen |= {"oxygen_percent": 97, "pupils_pinpoint": False, "withdrawal_cows": 6}
        return nurse.reserve(
            person,
            doses=doses if chance.random() < 0.5 else doses[:1],
            reasons=why,
            observed=seen,
            prescription_version=2 if person == 105 else 1,
        )
    if verb == "decide":
        rules = ["too-soon", "vomited-today", "amount-below-ordered", "missed-days"]
        rules += ["restart-above-ceiling", "day-above-ordered", "coverage-unknown"]
        extra = {"extra_mg": chance.choice(["0", "40"])} if chance.random() < 0.7 else {}
        return doctor.decide(person, *rules, allow=chance.random() < 0.8, **extra)
    if verb == "move":
        return scene.move(person, chance.choice([1, 1, 2]))
    if verb in ("give", "partial"):
        affected = chance.random() < 0.15
        less = {"swallowed_mg": chance.choice(["10", "20"])} if verb == "partial" else {}
        return nurse.give(reservation, observed={"affected": affected}, **less)
    if verb == "complete":
        observation_is_over(scene, reservation)
        return nurse.tell(reservation, "observations", state="completed", affected=False)
    bodies: dict[str, dict[str, Any]] = {
        "reverse": {"reason": "mistake"},
        "vomits": {"minutes_after": 0, "witnessed": True},
        "sign": {"state": "left_early", "affected": False, "note": "had to go"},
    }
    what = {"reverse": "reversals", "sign": "observations"}.get(verb, verb)
    return nurse.tell(reservation, what, **bodies.get(verb, {"note": "as it was"}))


def observation_is_over(scene: Scene, reservation: int) -> None:
    """The hour has passed: no fact of a check lies in when it ends."""
    scene.run("UPDATE observation SET due_at = started_at WHERE reservation_id = %s", reservation)


def test_doses_at_home_are_told_like_the_rest(
    scene: Scene, nurse: Counter, shared_database: Database
) -> None:
    """H15, H17: brought back unopened frees the day, opened frees nothing, lost stays taken."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )
    reservation = nurse.given(person, doses=[nurse.dose(), *nurse.home(*range(1, 7))])
    path = f"/people/{person}/home-doses"
    day = [nurse.dose(days=ahead)["for_on"] for ahead in range(7)]
    loss = {"for_on": day[3], "how": "stolen", "verified": True, "note": "politianmeldt"}
    for told in (
        lambda: nurse.bring_back(person, 6),
        lambda: nurse.bring_back(person, 5, unopened=False, note="half full"),
        lambda: nurse.send("POST", f"{path}/losses", loss),
    ):
        assert told().status_code == 200
        loaded, from_ledger = loaded_and_told(scene, person)
        assert from_ledger == loaded
    nurse.reserve(person, doses=nurse.home(3))
    nurse.reserve(person, doses=nurse.home(6))
    refused = nurse.tell(reservation, "reversals", reason="wrong person")
    assert problem(refused, 409)["type"].endswith("/told-at-home")
    loaded, from_ledger = loaded_and_told(scene, person)
    assert from_ledger == loaded
    assert replayed(shared_database).found.differing == 0


@pytest.mark.parametrize("seed", range(4))
def test_after_every_verb_the_ledger_tells_the_facts_that_the_counter_loads(
    scene: Scene, nurse: Counter, doctor: Counter, shared_database: Database, seed: int
) -> None:
    """H03, H06, H11, H17, H23: whatever happened, in whatever order; and every past decision,
    asked again from the ledger alone, gets the same verdict byte for byte."""
    chance = random.Random(seed)
    people = people_of(scene)
    if seed == 0:
        scene.unit(2, "Nabohuset")
    known: list[int] = []
    for _ in range(STEPS):
        person = chance.choice(people)
        answer = step(chance, scene, (nurse, doctor), person, known)
        if answer is not None and answer.status_code == 201:
            known.append(answer.json().get("reservation_id") or 1)
        loaded, from_ledger = loaded_and_told(scene, person)
        assert from_ledger == loaded
    found = replayed(shared_database).found
    assert found.differing == found.unknown == found.erased == 0, found.differences
    assert found.agreed > 12 * (seed + 1)
    assert scene.one("SELECT count(*) FROM refusal") > 0


def test_another_substance_begins_a_course_for_the_counter_and_the_ledger(
    scene: Scene, nurse: Counter, shared_database: Database
) -> None:
    """H11: first methadone after years of buprenorphine; their milligrams are no step."""
    today = scene.today.isoweekday()
    at_home = {"supervised_weekdays": [today], "pickup_weekdays": [today], "take_home_days": 6}
    person = scene.person(product="bupre-8", daily_ug=16_000, take_home=True, **at_home)
    methadone = {"product": "metadon-1", "parts_ug": None, "valid_to_days": 40, "from_days_ago": 0}
    scene.prescribe(person, daily_ug=80_000, high_dose_reason=None, **methadone)
    shown = {"prescription_version": 2}
    high = nurse.reserve(person, **shown)
    assert high.json()["blocking"] == ["first-day-above-limit"]
    scene.prescribe(person, daily_ug=30_000, high_dose_reason=None, **methadone)
    shown = {"prescription_version": 3, "doses": [nurse.dose("30")]}
    home = nurse.reserve(
        person, **shown | {"doses": [*shown["doses"], *nurse.home(1, amount_mg="30")]}
    )
    assert home.json()["blocking"] == ["take-home-in-titration"]
    assert nurse.give(nurse.reserved(person, **shown)).json()["state"] == "given"
    loaded, from_ledger = loaded_and_told(scene, person)
    assert loaded == from_ledger
    assert loaded.first_dose_on == scene.today
    assert [(step.from_ug, step.to_ug) for step in loaded.steps or ()] == [(80_000, 30_000)]
    assert replayed(shared_database).found.differing == 0


def test_a_refusal_when_the_dose_is_to_be_given_is_asked_about_its_own_reservation(
    scene: Scene, nurse: Counter, doctor: Counter, shared_database: Database
) -> None:
    """H03: the entry names the reservation: its day counts, and its own claims are no dose."""
    person = scene.person()
    doctor.decide(person, "vomited-today", extra_mg="5")
    reservation = nurse.reserved(person)
    before = replayed(shared_database).found.agreed
    refused = nurse.give(reservation, observed={"affected": True})
    assert refused.status_code == 409
    facts = scene.events(person)[-1][1]
    assert facts["reservation"] == reservation
    found = replayed(shared_database).found
    assert (found.agreed, found.differing) == (before + 1, 0)


def test_a_planted_difference_is_found(
    scene: Scene, nurse: Counter, shared_database: Database
) -> None:
    """One fact told otherwise than it was: the verdict that stood on it is named, and no other."""
    person = scene.person(qtc_ms=470)
    nurse.reserve(person)
    assert replayed(shared_database).found.differing == 0
    scene.run("ALTER TABLE ledger_payload DISABLE TRIGGER only_erased")
    entry = "person_id = %s AND kind = 'care-recorded'"
    swap = "UPDATE ledger_payload SET payload = convert_to(replace(convert_from(payload, 'UTF8'),"
    swap += f" %s, %s), 'UTF8') WHERE {entry}"
    scene.run(swap, '"qtc_ms":470', '"qtc_ms":471', person)
    found = replayed(shared_database).found
    assert [(one.person_id, one.rules) for one in found.differences] == [(person, ("qtc-long",))]
    scene.run(swap, '"qtc_ms":471', '"qtc_ms":470', person)
    scene.run("ALTER TABLE ledger_payload ENABLE ALWAYS TRIGGER only_erased")
    assert replayed(shared_database).found.differing == 0


def test_both_orders_of_a_pair_are_asked_again(
    scene: Scene, nurse: Counter, doctor: Counter, shared_database: Database
) -> None:
    """H11: sessions and nights, given, refused, taken back and lost, each under its own order."""
    person = paired(scene)
    before = replayed(shared_database).found.agreed
    night = {"prescription_id": person * 10 + 5, "prescription_version": 2}
    tonight = [nurse.dose("60", part=NIGHT, days=days, how="take_home") for days in (0, 1)]
    session = {"doses": [nurse.dose("200")]}
    taken_back = nurse.given(person, doses=tonight, **night)
    assert nurse.reserve(person, doses=tonight, **night).status_code == 409
    same(scene, person)
    assert nurse.tell(taken_back, "reversals", reason="forkert person").status_code < 300
    same(scene, person)
    nurse.reserved(person, **session)
    same(scene, person)
    nurse.tell(scene.one("SELECT max(reservation_id) FROM reservation"), "returned")
    nurse.given(person, doses=tonight, **night)
    nurse.given(person, **session)
    same(scene, person)
    assert nurse.reserve(person, **session).status_code == 409
    lost = {"for_on": tonight[1]["for_on"], "part": NIGHT, "how": "lost", "verified": False}
    answer = nurse.send("POST", f"/people/{person}/home-doses/losses", lost | {"note": "bussen"})
    assert answer.status_code in (200, 201), answer.text
    same(scene, person)
    assert nurse.reserve(person, doses=tonight[1:], **night).status_code == 409
    told = {"parts_ug": None, "valid_to_days": 60, "high_dose_reason": None, "from_days_ago": 0}
    scene.prescribe(person, product="metadon-1", daily_ug=30_000, **told)
    changed = nurse.reserve(person, doses=[nurse.dose("30")], prescription_version=3)
    assert changed.status_code == 409
    same(scene, person)
    same(scene, paired(scene, night_had_days_ago=None, night_first_dose_on=None))
    found = replayed(shared_database).found
    assert found.differing == found.unknown == 0, found.differences
    assert found.agreed == before + 8


def same(scene: Scene, person: int) -> None:
    """The tables and the ledger tell the same facts, of either order."""
    loaded, told_ = loaded_and_told(scene, person)
    assert loaded == told_
    assert loaded.for_night() == told_.for_night()


def test_closed_days_and_licences_are_those_told_before_the_decision(
    scene: Scene, nurse: Counter, shared_database: Database
) -> None:
    """A day closed later changes no decision made before: the place in the chain counts."""
    person = scene.person()
    assert nurse.reserve(person).status_code == 201
    scene.close_unit_on(1, 0, "Vandskade")
    other = scene.person()
    assert nurse.reserve(other).status_code == 409
    found = replayed(shared_database).found
    assert found.differing == found.unknown == 0, found.differences
