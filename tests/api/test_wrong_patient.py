"""The wrong patient: two identifiers on every road, the card of the next in line, look-alikes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter, findings, problem, sign_in
from tests.api.test_person_pages import Browser
from tests.scene import Scene

ONE_IDENTIFIER = [[], ["birth_date"], ["photo"], ["card"], ["full_name"], ["address"]]


def card(person: int) -> str:
    return f"K-{person:04d}"


class TestTwoIdentifiers:
    @pytest.mark.parametrize("seen", ONE_IDENTIFIER, ids=str)
    def test_nothing_is_reserved_with_fewer(
        self, scene: Scene, nurse: Counter, seen: list[str]
    ) -> None:
        """H07"""
        assert "identity" in " ".join(findings(nurse.reserve(scene.person(), identifiers=seen)))

    @pytest.mark.parametrize("seen", ONE_IDENTIFIER, ids=str)
    def test_nothing_is_given_with_fewer(
        self, scene: Scene, nurse: Counter, seen: list[str]
    ) -> None:
        """H07: also when the reservation had two, and with a doctor at hand."""
        number = nurse.reserved(scene.person())
        answer = nurse.give(number, identifiers=seen)
        assert answer.status_code == 409 and "identity" in " ".join(findings(answer))
        assert nurse.give(number).status_code == 200

    @pytest.mark.parametrize("seen", [["birth_date", "photo"], ["card", "full_name"]], ids=str)
    def test_any_two_do(self, scene: Scene, nurse: Counter, seen: list[str]) -> None:
        number = nurse.reserved(scene.person(), identifiers=seen)
        assert nurse.give(number, identifiers=seen).status_code == 200

    def test_an_uncertain_dose_had_its_two_when_it_was_poured(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H07, H06: what did happen is told by whoever knows; no road leads there without two."""
        person = scene.person()
        number = nurse.reserved(person)
        nurse.tell(number, "doubts")
        told = nurse.give(number, identifiers=[])
        assert told.status_code == 200
        seen = scene.one(
            "SELECT convert_from(payload, 'UTF8')::json->'facts'->'identifiers' FROM"
            " ledger_payload WHERE person_id = %s AND kind = 'handout-reserved'",
            person,
        )
        assert len(seen) == 2

    def test_a_body_without_identifiers_is_none(self, scene: Scene, nurse: Counter) -> None:
        """H07"""
        number = nurse.reserved(scene.person())
        body = {"observed": {"affected": False}}
        problem(nurse.send("POST", f"/reservations/{number}/given", body), 422)


def given_card(scene: Scene, person: int) -> Any:
    return scene.run(
        "SELECT convert_from(payload, 'UTF8')::json->'facts'->>'card',"
        " convert_from(payload, 'UTF8')::json->'facts'->>'without_card' FROM ledger_payload"
        " WHERE person_id = %s AND kind = 'handout-given'",
        person,
    ).fetchone()


class TestTheCard:
    def test_another_persons_card_gives_nothing(self, scene: Scene, nurse: Counter) -> None:
        """H07: the next in line; the dose stays reserved, and the no is an entry."""
        person, following = scene.person(), scene.person()
        number = nurse.reserved(person)
        problem(nurse.give(number, card_code=card(following)), 409, "card-mismatch")
        problem(nurse.give(number, card_code="no card of ours"), 409, "card-mismatch")
        assert scene.kinds(person)[-1] == "act-refused"
        done = nurse.give(number, card_code=card(person).lower())
        assert done.status_code == 200 and given_card(scene, person) == ("matched", None)

    def test_a_reason_goes_on_and_is_kept(self, scene: Scene, nurse: Counter) -> None:
        """H07: the documented way on when a card is lost."""
        person, following = scene.person(), scene.person()
        number = nurse.reserved(person)
        done = nurse.give(number, card_code=card(following), without_card="card lost, known well")
        assert done.status_code == 200
        assert given_card(scene, person) == ("other", "card lost, known well")

    def test_also_of_an_uncertain_dose(self, scene: Scene, nurse: Counter) -> None:
        """H07"""
        number = nurse.reserved(scene.person())
        nurse.tell(number, "doubts")
        problem(nurse.give(number, card_code=card(scene.person())), 409, "card-mismatch")

    def test_without_a_card_nothing_is_asked_by_default(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person()
        nurse.given(person)
        assert given_card(scene, person) == (None, None)

    @pytest.fixture
    def demanded(self, http: TestClient, scene: Scene) -> Iterator[None]:
        administrator = sign_in(http, scene, "administrator1")
        for demand in (True, False):
            answer = administrator.send("POST", "/unit/card-at-given", {"demanded": demand})
            assert answer.json() == {"demanded": demand}
            if demand:
                yield

    def test_a_unit_may_demand_it(self, scene: Scene, nurse: Counter, demanded: None) -> None:
        """H07"""
        person = scene.person()
        number = nurse.reserved(person)
        problem(nurse.give(number), 409, "card-needed")
        assert nurse.give(number, card_code=card(person)).status_code == 200
        lost = scene.person()
        number = nurse.reserved(lost)
        assert nurse.give(number, without_card="card lost").status_code == 200
        assert given_card(scene, lost) == ("wanted", "card lost")


class TestTheNextInLine:
    @pytest.fixture
    def page(self, http: TestClient, scene: Scene) -> Iterator[Browser]:
        yield Browser(http, "nurse1b")
        http.cookies.clear()

    def fields(self, text: str) -> dict[str, str]:
        return dict(re.findall(r'name="(key)" value="([^"]+)"', text))

    def test_one_scan_and_two_presses_stay(
        self, page: Browser, nurse: Counter, scene: Scene
    ) -> None:
        """H07: the scan before the dose is poured is no scan since."""
        person = scene.person()
        page.post("/skranke/scan", code=card(person))
        number = nurse.reserved(person)
        shown = page.get(f"/skranke?person={person}")
        done = page.post(
            f"/skranke/udlevering/{number}/givet", affected="0", **self.fields(shown.text)
        )
        assert done.status_code == 200 and given_card(scene, person) == (None, None)

    def test_a_card_scanned_since_must_be_the_persons(
        self, page: Browser, nurse: Counter, scene: Scene
    ) -> None:
        """H07: the page says it, the server refuses it, and the right card opens it again."""
        person, following = scene.person(), scene.person(name=("Viggo", "Efterfølger"))
        number = nurse.reserved(person)
        scanned = page.post("/skranke/scan", code=card(following))
        assert "En anden persons dosis står hældt op her" in scanned.text
        shown = page.get(f"/skranke?person={person}")
        assert "er en andens" in shown.text and "Scan personens kort" in shown.text
        assert "do-give" not in shown.text
        path = f"/skranke/udlevering/{number}/givet"
        refused = page.post(path, affected="0", **self.fields(shown.text))
        assert refused.status_code == 409 and "Giv ikke dosis" in refused.text
        assert nurse.get(f"/people/{person}").json()["unresolved"] == [number]
        matched = page.post("/skranke/scan", code=card(person))
        assert "Kortet er personens eget" in matched.text
        page.post(path, affected="0", **self.fields(matched.text))
        assert given_card(scene, person) == ("matched", None)

    def test_a_reason_on_the_page_goes_on(
        self, page: Browser, nurse: Counter, scene: Scene
    ) -> None:
        """H07"""
        person, following = scene.person(), scene.person()
        number = nurse.reserved(person)
        page.post("/skranke/scan", code=card(following))
        shown = page.get(f"/skranke?person={person}")
        assert 'name="without_card"' in shown.text
        page.post(
            f"/skranke/udlevering/{number}/givet",
            affected="0",
            without_card="kortet er væk",
            **self.fields(shown.text),
        )
        assert given_card(scene, person) == ("other", "kortet er væk")

    def test_look_alikes_stand_on_the_panel_and_in_the_list(
        self, page: Browser, scene: Scene
    ) -> None:
        """H07: with the birth date that tells them apart."""
        born_on = scene.one("SELECT date '1981-05-03'")
        one = scene.person(name=("Kristian", "Qvistgaard"), born_on=born_on)
        scene.person(name=("Christian", "Kvistgård"), born_on=scene.one("SELECT date '1981-02-03'"))
        shown = page.get(f"/skranke?person={one}").text
        panel = shown[shown.index('id="panel"') :]
        assert "Kan forveksles" in panel and "Kvistgård" in panel
        row = shown[shown.index(f'id="row-{one}"') :]
        assert "row-born" in row[: row.index("</li>")]
