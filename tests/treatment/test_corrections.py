"""A name or birth date that was written down wrong is corrected, and what stood there is kept."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.api.client import MADE_UP_NUMBER, Counter, problem
from tests.api.matrix.courses import like_nobody
from tests.api.test_page_relations import Browser
from tests.scene import Scene
from tests.treatment.test_courses import course, ended

PAGE = "/behandling/person/{person_id}/forloeb"


def called(by: Counter, **changes: str) -> dict[str, Any]:
    """Nobody is called like that."""
    new = like_nobody(by.today)
    names = {name: new[name] for name in ("given_name", "family_name", "born_on")}
    return names | {"reason": "læst forkert af kortet"} | changes


def corrected(by: Counter, person: int, body: dict[str, Any], key: str | None = None) -> Any:
    return by.send("POST", f"/people/{person}/corrections", body, key)


def shown(by: Counter, person: int) -> tuple[str, str, str]:
    now = course(by, person)
    return now["given_name"], now["family_name"], now["born_on"]


def test_the_old_words_are_kept_with_who_and_why(scene: Scene, nurse: Counter) -> None:
    """H07: by a nurse or doctor; found by the new name, the old one stands with its reason."""
    person = scene.person(name=("Jann", "Tastefeil"))
    before, new = shown(nurse, person), called(nurse)
    done = corrected(nurse, person, new)
    assert done.status_code == 201, done.text
    assert (done.json()["labels"], done.json()["on_paper"]) == (0, [])
    assert shown(nurse, person) == (new["given_name"], new["family_name"], new["born_on"])
    (kept,) = course(nurse, person)["corrections"]
    assert (kept["given_name"], kept["family_name"], kept["born_on"]) == before
    assert kept["reason"] == new["reason"] and kept["by"] and kept["on"] == str(nurse.today)
    found = nurse.send("POST", "/people/searches", {"text": new["family_name"]}).json()
    assert [one["person_id"] for one in found] == [person]


def test_the_entry_tells_both_and_its_leaf_neither(scene: Scene, nurse: Counter) -> None:
    """H24: names stand where they can be erased; what is chained for ever has none of them."""
    person, new = scene.person(), called(nurse)
    assert corrected(nurse, person, new).status_code == 201
    kind, told = scene.events(person)[-1]
    assert kind == "person-corrected"
    assert told["after"]["names"] == [new["given_name"], new["family_name"]]
    assert told["before"]["born_on"] != told["after"]["born_on"] == new["born_on"]
    leaves = scene.one("SELECT string_agg(row_to_json(e)::text, ' ') FROM ledger_entry e")
    assert new["family_name"] not in leaves


def test_whoever_looks_like_somebody_known_is_looked_at_first(scene: Scene, nurse: Counter) -> None:
    """H07: a corrected name may be somebody else's; nothing is written before somebody looked."""
    known, person = scene.person(name=("Bodil", "Fynsk")), scene.person(name=("Bo", "Andersson"))
    new = called(nurse, given_name="Bodil", family_name="Fynsk")
    no = problem(corrected(nurse, person, new), 409, "look-alike")
    assert no["people"] == [known]
    assert shown(nurse, person)[:2] == ("Bo", "Andersson")
    looked = new | {"other_than": no["look_alikes"]}
    assert corrected(nurse, person, looked).status_code == 201


def test_what_is_printed_with_the_old_words_is_told(scene: Scene, nurse: Counter) -> None:
    """H07 H20: labels on doses at home, and rows of lists that hang on the wall."""
    weekday = nurse.today.isoweekday()
    days = {"supervised_weekdays": [weekday], "pickup_weekdays": [weekday], "take_home_days": 6}
    person = scene.person(take_home=True, **days)
    nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)])
    labels = scene.one(
        "SELECT count(*) FROM label l JOIN claim c USING (reservation_id, for_day)"
        " WHERE c.person_id = %s AND c.how = 'take_home'",
        person,
    )
    other = scene.person()
    serial = nurse.send("POST", "/emergency-lists", {}).json()["serial"]
    assert corrected(nurse, person, called(nurse)).json()["labels"] == labels
    (row,) = corrected(nurse, other, called(nurse)).json()["on_paper"]
    assert row[0] == serial
    browser = Browser(nurse.http, nurse.token)
    form = called(nurse)
    form["correction_reason"] = form.pop("reason")
    newest = course(nurse, other)["corrections"][0]["correction_id"]
    page = browser.send(
        f"POST {PAGE}/ret", {"person_id": other}, form | {"after": str(newest)}
    ).text
    assert f"Liste {serial}, række {row[1]}" in page and "i hånden" in page


def test_what_cannot_be_is_said_beside_its_field(
    scene: Scene, nurse: Counter, unchanged: None
) -> None:
    person = scene.one("SELECT max(person_id) FROM person WHERE merged_into_id IS NULL")
    asked = "SELECT given_name, family_name, born_on::text FROM person WHERE person_id = %s"
    (same,) = scene.run(asked, person).fetchall()
    now = dict(zip(("given_name", "family_name", "born_on"), same, strict=True))
    newest = scene.one(
        "SELECT coalesce(max(correction_id), 0) FROM person_correction WHERE person_id = %s", person
    )
    for body, field in (
        (called(nurse, born_on=str(nurse.today)), "born_on"),
        (called(nurse, born_on="1899-12-31"), "born_on"),
        (called(nurse, given_name="  "), "given_name"),
        (called(nurse, family_name=MADE_UP_NUMBER), "family_name"),
        (called(nurse, reason="x"), "correction_reason"),
        (now | {"reason": "ingen grund"}, "corrected"),
    ):
        answer = corrected(nurse, person, body | {"after": newest})
        assert problem(answer, 422)["field"] == field, body


def test_only_where_the_person_is_treated(
    scene: Scene, neighbour: Counter, doctor: Counter
) -> None:
    """H24: another unit's person is like nobody; whose course has ended is corrected as well."""
    person = scene.person()
    assert problem(corrected(neighbour, person, called(neighbour)), 404)
    assert problem(corrected(neighbour, 99_999, called(neighbour)), 404)
    assert ended(doctor, person).status_code == 201
    assert corrected(doctor, person, called(doctor)).status_code == 201


def test_two_at_once_are_one_correction(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H07: whoever saw the old words does not write over the new ones; nor does a double press."""
    person = scene.person()
    bodies = [(nurse, called(nurse)), (doctor, called(doctor))]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda one: corrected(one[0], person, one[1]), bodies))
    assert sorted(one.status_code for one in answers) == [201, 409]
    assert len(course(nurse, person)["corrections"]) == 1
    other, new = scene.person(), called(nurse)
    first, second = (corrected(nurse, other, new, "the-same-press") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert len(course(nurse, other)["corrections"]) == 1


class TestTheWall:
    """H24: what the database refuses, whoever asks."""

    def test_nobody_corrects_without_signing(self, scene: Scene, shared_database: Any) -> None:
        person = scene.person()
        for statement in (
            "UPDATE person SET given_name = 'X' WHERE person_id = %s",
            "INSERT INTO person_correction (person_id, unit_id, old_given_name, old_family_name,"
            " old_born_on, given_name, family_name, born_on, reason, corrected_by, corrected_at)"
            " SELECT person_id, unit_id, given_name, family_name, born_on, 'X', 'Y', born_on,"
            " 'uden', 10, now() FROM person WHERE person_id = %s",
        ):
            with (
                psycopg.connect(shared_database.app_url) as app,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                app.execute("SELECT set_config('app.unit_id', '1', true)")
                app.execute(statement, (person,))

    def test_only_what_stands_there_is_corrected(self, scene: Scene) -> None:
        """A record about words that never stood there would be a lie."""
        person = scene.person()
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as no:
            scene.run(
                "INSERT INTO person_correction (person_id, unit_id, old_given_name,"
                " old_family_name, old_born_on, given_name, family_name, born_on, reason,"
                " corrected_by, corrected_at) VALUES (%s, 1, 'Aldrig', 'Kaldt', '1980-01-01', 'X',"
                " 'Y', '1980-01-01', 'uden', 10, now())",
                person,
            )
        assert no.value.diag.constraint_name == "person_is_corrected"
