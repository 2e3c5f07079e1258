"""A person's numbers and two records of one human, as pages."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.client import Counter
from tests.api.numbers import a_number
from tests.api.test_merging import card
from tests.scene import PASSWORD, Scene

MOVES_DAYS = True


class Browser:
    """A browser without scripts, signed in."""

    def __init__(self, http: TestClient, username: str) -> None:
        http.cookies.clear()
        self.http = http
        self.csrf = ""
        self.get("/log-ind")
        self.post("/log-ind", username=username, password=PASSWORD, counter="1")

    def get(self, path: str) -> Any:
        return self._kept(self.http.get(path))

    def post(self, path: str, **fields: str) -> Any:
        return self._kept(self.http.post(path, data={"csrf": self.csrf} | fields))

    def _kept(self, answer: Any) -> Any:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', answer.text)
        self.csrf = found[1] if found else self.csrf
        return answer


@pytest.fixture
def nurse_page(http: TestClient, scene: Scene) -> Any:
    yield Browser(http, "nurse1b")
    http.cookies.clear()


@pytest.fixture
def doctor_page(http: TestClient, scene: Scene) -> Any:
    yield Browser(http, "doctor1")
    http.cookies.clear()


def test_a_number_is_scanned_masked_shown_and_found(nurse_page: Browser, scene: Scene) -> None:
    """H24: masked on every page; in full on one, for a reason; never in an address."""
    person, number = scene.person(), a_number()
    path = f"/person/{person}/numre"
    shown = nurse_page.post(path, number=f"%{number}?", key="page-key-number-1")
    assert shown.status_code == 200 and f"{number[:6]}-••••" in shown.text
    assert number[6:] not in shown.text
    one = re.search(rf"{path}/(\d+)/vis", shown.text)
    assert one is not None
    full = nurse_page.post(f"{path}/{one[1]}/vis", reason="referral")
    assert f"{number[:6]}-{number[6:]}" in full.text
    assert f"{number[:6]}-{number[6:]}" not in nurse_page.get(path).text
    found = nurse_page.post("/skranke/find", q=number)
    assert f'data-person="{person}"' in found.text and number not in found.text
    nobody = nurse_page.http.post(
        "/skranke/find",
        data={"csrf": nurse_page.csrf, "q": a_number()},
        headers={"HX-Request": "true"},
    )
    assert "Ingen fundet" in nobody.text and not re.search(r"\d{10}", nobody.text)


def test_a_slip_is_told_beside_what_was_typed(nurse_page: Browser, scene: Scene) -> None:
    """H07"""
    person, other = scene.person(), scene.person()
    number = a_number()
    nurse_page.post(f"/person/{other}/numre", number=number, key="page-key-number-2")
    taken = nurse_page.post(f"/person/{person}/numre", number=number, key="page-key-number-3")
    assert taken.status_code == 409 and "samme menneske" in taken.text
    wrong = nurse_page.post(f"/person/{person}/numre", number="12", key="page-key-number-4")
    assert wrong.status_code == 422 and "ikke et CPR-nummer" in wrong.text
    differs = nurse_page.post(
        f"/person/{person}/numre",
        number=a_number(scene.one("SELECT date '1961-02-03'")),
        key="page-key-number-5",
    )
    assert "birth_date_checked" in differs.text


def test_two_records_are_seen_side_by_side_merged_and_taken_apart(
    doctor_page: Browser, nurse: Counter, scene: Scene
) -> None:
    """H02"""
    one, two = scene.person(), scene.person()
    nurse.given(one)
    nurse.given(two)
    path = f"/person/{one}/saml"
    assert doctor_page.get(path).status_code == 200
    seen = doctor_page.post(f"{path}/se", other=card(two))
    assert card(one) in seen.text and card(two) in seen.text
    assert "Begge har fået en dosis" in seen.text
    fields = dict(re.findall(r'name="(key|survivor_seq|absorbed_seq)" value="([^"]+)"', seen.text))
    done = doctor_page.post(path, other=card(two), reason="one human", **fields)
    assert "dobbeltdosis" in done.text
    skil = re.search(rf"{path}/(\d+)/skil", done.text)
    assert skil is not None
    apart = doctor_page.post(f"{path}/{skil[1]}/skil", reason="two humans", key="page-key-apart")
    assert "skilt ad igen" in apart.text


def test_a_nurse_merges_nobody(nurse_page: Browser, scene: Scene) -> None:
    assert nurse_page.get(f"/person/{scene.person()}/saml").status_code == 403


def test_withdrawal_is_measured_at_the_counter(nurse_page: Browser, scene: Scene) -> None:
    """H25: asked for before the first buprenorphine only; told once, it goes along."""
    person = scene.person(daily_ug=30_000, last_covered_days_ago=2)
    path = f"/skranke/person/{person}"
    assert 'name="cows"' not in nurse_page.get(path).text
    scene.prescribe(
        person, product="bupre-8", daily_ug=8_000, parts_ug=None, valid_to_days=40,
        high_dose_reason=None, from_days_ago=0,
    )  # fmt: skip
    first = nurse_page.get(path).text
    assert 'name="cows"' in first and "mindst 8 på COWS" in first
    asked = {"affected": "0", "dose": f"{scene.today.isoformat()}/1/8000/supervised"}
    press = f"{path}/abstinenser"
    low = nurse_page.post(press, cows="0", key="page-key-cows-0", **asked).text
    assert "0 point på COWS" in low and "mindst 8 på COWS" in low
    told = nurse_page.post(press, cows="8", key="page-key-cows-8", **asked).text
    assert "8 point på COWS" in told and "mindst 8 på COWS" not in told
    # Another panel, another window, the press of a form that knows nothing of it: it stays.
    assert "8 point på COWS" in nurse_page.get(path).text
    again = nurse_page.post(f"{path}/vurder", **asked).text
    assert "8 point på COWS" in again and "mindst 8 på COWS" not in again
    for wrong in ("49", "-1", "8,5", "otte", ""):
        said = nurse_page.post(press, cows=wrong, key=f"page-key-wrong-{wrong}", **asked)
        assert said.status_code == 422, wrong
        assert "helt tal fra 0 til 48" in said.text
