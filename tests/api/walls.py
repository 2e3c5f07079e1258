"""What stands behind the second wall, what does not and why, and rows of every table behind it."""

from datetime import timedelta

from psycopg.types.json import Jsonb

from tests.api.client import Counter, sign_in
from tests.api.matrix.access import to_review
from tests.api.matrix.adverse_events import drafted
from tests.api.matrix.clients import called
from tests.api.matrix.collectors import allowed
from tests.api.matrix.courses import ASSESSMENT, corrected, newcomer
from tests.api.matrix.downtime import printed
from tests.api.matrix.ground import Ground
from tests.api.matrix.indkald import every_record
from tests.api.matrix.labels import printed_label
from tests.api.matrix.medicines import written
from tests.api.matrix.moves import away, doctor_of, offered
from tests.api.matrix.observation import open_notice
from tests.api.matrix.persons import merged_people, numbered
from tests.api.matrix.review import every_record as every_review
from tests.api.matrix.sedatives import planned
from tests.api.matrix.supply import sent
from tests.api.page_rules import question
from tests.scene import Scene

FACT = "a check decides by it: hidden, it would look like a dose that was not given"
HANDED_OUT = "what was handed out and swallowed: returns, paper and the record are held against it"
# Tables that name a person, or belong to a walled one, and stand before the wall all the same.
OPEN = {
    "person": "whose right lies where, and which record is whose; every list joins it for the name",
    "prescription": FACT,
    "prescription_reason": "seen with its order",
    "prescription_stop": FACT,
    "arrangement": FACT,
    "care": FACT,
    "indkald": FACT,
    "claim": FACT,
    "person_day": FACT,
    "paper_hold": FACT,
    "vomit": FACT,
    "withdrawal_reading": FACT,
    "loss_report": FACT,
    "doctor_decision": FACT,
    "guest_right": FACT,
    "supply_day": FACT,
    "reservation": HANDED_OUT,
    "handover": HANDED_OUT,
    "administration": HANDED_OUT,
    "missed_dose": "a paper entered where the person no longer belongs must meet it as a conflict",
    "right_request": "whoever asks next must meet the request of a third unit",
    "stock_act": "the register of controlled drugs is whole or it is not one",
    "ledger_payload": "a payload that is not seen looks erased to whoever verifies the chain",
    "identifier_hash": "keyed hashes; of whom they are stands behind the wall",
    "label_void": "names nobody, and a void that is not seen would let the label pass",
    "label_scan": "names nobody, and a scan that is not seen would let a label pass twice",
    "outbox_message": "a kind, a moment and a number: the worker that sends it acts for no unit",
    "package_trace": "names nobody: a code, and whether its person was shown",
}

# Whose a row is, where it does not say so itself.
OF_PERSON = "person_id IN (SELECT person_id FROM person WHERE unit_id = %(unit)s)"
OF_COLLECTOR = f"collector_id IN (SELECT collector_id FROM collector WHERE {OF_PERSON})"
OF_EVENT = "event_id IN (SELECT event_id FROM adverse_event WHERE unit_id = %(unit)s)"
WHOSE = {
    "person_identifier": OF_PERSON,
    "collector": OF_PERSON,
    "arrangement_basis": OF_PERSON,
    "arrangement_journey": OF_PERSON,
    "collector_withdrawn": OF_COLLECTOR,
    "collection": OF_COLLECTOR,
    "adverse_event_text": OF_EVENT,
    "adverse_event_export": OF_EVENT,
    "emergency_access": "%(unit)s IN (unit_id, person_unit_id)",
    "emergency_list_rows": "serial IN (SELECT serial FROM emergency_list WHERE unit_id = %(unit)s)",
    "person_unmerge": "merge_id IN (SELECT merge_id FROM person_merge WHERE unit_id = %(unit)s)",
}


def rows_of(scene: Scene, table: str, unit_id: int) -> set[str]:
    """What is a unit's of a table, asked as the owner, from whom nothing is hidden."""
    mine = WHOSE.get(table, "unit_id = %(unit)s")
    found = scene.connection.execute(
        f"SELECT ctid::text FROM {table} WHERE {mine}", {"unit": unit_id}
    )
    return {ctid for (ctid,) in found.fetchall()}


def fill(scene: Scene, nurse: Counter, unit_id: int) -> None:
    """Rows of a unit in every table behind the wall."""
    ground = Ground(scene, nurse, unit_id)
    numbered(ground)
    open_notice(ground)
    question(ground)
    to_review(ground)
    printed_label(ground)
    _reported(ground)
    _observed(ground)
    _carried_home(ground)
    _on_paper(ground, printed(ground))
    _fetched(ground)
    _merged(ground)
    _tapering(ground)
    written(ground)
    every_record(ground)
    every_review(ground)
    called(ground)
    sent(ground)
    scene.run(
        "INSERT INTO closure_decision VALUES (%s, %s, %s, %s, 1, 'called', NULL, 1, 'closed', %s,"
        " now())",
        unit_id,
        scene.today + timedelta(days=20),
        scene.today + timedelta(days=21),
        ground.person(),
        10 * unit_id + 1,
    )
    nurse.send(
        "POST",
        f"/people/{ground.person()}/monitoring",
        {"kind": "naloxone", "answer": "done"},
    )
    _arranged(scene, ground)
    _in_a_course(ground)
    _moving(ground)


def _arranged(scene: Scene, ground: Ground) -> None:
    """What an arrangement stood on, and the certificate of a journey."""
    person = ground.person(take_home=True)
    scene.run(
        "INSERT INTO arrangement_basis VALUES (%s, 1, 'part_take_home', 'arbejde', '{}', '{}')",
        person,
    )
    scene.run(
        "INSERT INTO diversion (person_id, unit_id, step, happened_on, told, recorded_by,"
        " recorded_at) VALUES (%s, %s, 'talk', current_date, 'talt sammen', %s, now())",
        *(person, ground.unit_id, 10 * ground.unit_id + 1),
    )
    scene.run("INSERT INTO arrangement_journey VALUES (%s, 1, 'Sverige', NULL, NULL)", person)


def _in_a_course(ground: Ground) -> None:
    """A newcomer with all that is signed in a course, and its end."""
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    body = newcomer(ground) | {"address": "Vejen 1, 2200 København N"}
    person = doctor.send("POST", "/people", body).json()["person_id"]
    later = (ground.nurse.today + timedelta(days=60)).isoformat()
    plan = {"aim": "stabil", "agreements": "ugentlig", "review_on": later}
    for path, told in (
        ("assessments", ASSESSMENT),
        ("plans", plan),
        ("first-line", {"answer": "accepted"}),
        ("corrections", corrected(ground)),
        ("course-ends", {"status": "moved", "home_doses": 0}),
    ):
        done = doctor.send("POST", f"/people/{person}/{path}", told)
        assert done.status_code == 201, done.text


def _moving(ground: Ground) -> None:
    """Somebody who was away and is back, and somebody offered to another unit and kept."""
    person = away(ground)
    told = {"told_by": "udskrivningsbrev", "coverage": "none"}
    done = ground.nurse.send("POST", f"/people/{person}/moves/returns", told)
    assert done.status_code == 201, done.text
    person, offer_id = offered(ground)
    path = f"/people/{person}/moves/offers/{offer_id}/withdrawals"
    done = doctor_of(ground, ground.unit_id).send("POST", path, {"reason": "bliver her"})
    assert done.status_code == 201, done.text


def _reported(ground: Ground) -> None:
    """An adverse event with its text, exported."""
    ground.nurse.send("POST", f"/adverse-events/{drafted(ground)}/exports")


def _observed(ground: Ground) -> None:
    """Somebody looked at under observation, and somebody refused for being affected."""
    person = ground.person()
    ground.scene.indkald(person)
    ground.nurse.tell(ground.nurse.given(person), "sedation-checks", poss=1)
    ground.nurse.reserve(ground.person(), observed={"affected": True})


def _carried_home(ground: Ground) -> None:
    """Two doses are carried home and counted; one of them comes back."""
    weekday = ground.nurse.today.isoweekday()
    days = {"supervised_weekdays": [weekday], "pickup_weekdays": [weekday], "take_home_days": 6}
    person = ground.person(take_home=True, **days)
    ground.nurse.given(person, doses=[ground.nurse.dose(), *ground.nurse.home(1, 2)])
    ground.nurse.send("POST", f"/people/{person}/home-doses/counts", {"counted": 2})
    done = ground.nurse.bring_back(person, 1, by=f"nurse{ground.unit_id}b")
    assert done.status_code == 200, done.text


def _on_paper(ground: Ground, serial: int) -> None:
    """A row of a list told of, in a downtime that is over, and its conflict."""
    unit, nurse, person = ground.unit_id, 10 * ground.unit_id, ground.person()
    downtime = ground.scene.one(
        "INSERT INTO downtime (unit_id, found_by, started_at, told_at, told_by, reason, over_at,"
        " over_by, paper_used, left_at, left_by) VALUES (%s, 'person', now(), now(), %s, 'dark',"
        " now(), %s, true, now(), %s) RETURNING downtime_id",
        *(unit, nurse, nurse, nurse),
    )
    event = ground.scene.one(
        "INSERT INTO paper_event (event_id, downtime_id, serial, row_no, person_id, unit_id,"
        " for_day, happened, doses, entered_by, entered_at, content_sha256)"
        " VALUES (nextval('paper_event_id_seq'), %s, %s, 0, %s, %s, current_date, 'lost', '[]',"
        " %s, now(), '\\x00') RETURNING event_id",
        *(downtime, serial, person, unit, nurse),
    )
    ground.scene.run(
        "INSERT INTO paper_conflict (event_id, person_id, unit_id, for_day, kinds, facts,"
        " opened_at) VALUES (%s, %s, %s, current_date, '{lost}', %s, now())",
        *(event, person, unit, Jsonb({})),
    )


def _fetched(ground: Ground) -> None:
    """Somebody who fetched for another, and may no longer."""
    collector = int(allowed(ground).rsplit("/", 1)[1])
    nurse = 10 * ground.unit_id
    ground.scene.run(
        "INSERT INTO collection VALUES (%s, %s, 'passport', %s, now())",
        *(ground.given(), collector, nurse),
    )
    ground.scene.run(
        "INSERT INTO collector_withdrawn VALUES (%s, 'moved', %s, now())", collector, nurse
    )


def _merged(ground: Ground) -> None:
    """Two records merged, and the merge taken back."""
    _, merge = merged_people(ground)
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    done = doctor.send("POST", f"/merges/{merge}/unmerged", {"reason": "two humans"})
    assert done.status_code == 200, done.text


def _tapering(ground: Ground) -> None:
    """A list, a plan, a step taken and an end of it."""
    person = planned(ground)
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    step = {"dose_mg": "18", "on_medication_card": True}
    done = doctor.send("POST", f"/people/{person}/taper/steps", step)
    assert done.status_code == 201, done.text
    done = doctor.send("POST", f"/people/{person}/taper/stopped", {"reason": "for syg"})
    assert done.status_code == 201, done.text
