"""The page of other medicine: read by nurses, written by a doctor, errors beside their field."""

import re
from typing import Any

import pytest

from tests.api.client import Counter
from tests.api.matrix.medicines import QUETIAPINE
from tests.api.test_page_relations import Browser
from tests.scene import Scene
from tests.treatment.medicines.test_listing import item, told, written
from tests.treatment.sedatives.doing import DIAZEPAM
from tests.treatment.sedatives.doing import write as write_sedatives

WAY = "/behandling/person/{person_id}/medicin"


@pytest.fixture
def browser(http: Any, doctor: Counter) -> Browser:
    return Browser(http, doctor.token)


@pytest.fixture
def of_a_nurse(http: Any, nurse: Counter) -> Browser:
    return Browser(http, nurse.token)


def press(browser: Browser, person: int, **fields: str) -> Any:
    sent = {"key": f"list-of-{person}-{len(str(fields))}", "after_version": "0"} | fields
    return browser.send(f"POST {WAY}", {"person_id": person}, sent)


def shown(browser: Browser, person: int) -> str:
    return browser.send(f"GET {WAY}", {"person_id": person}).text


def row(number: int, **fields: str) -> dict[str, str]:
    return {f"{name}{number}": value for name, value in ({"source": "own-words"} | fields).items()}


def test_a_list_is_written_read_and_says_what_each_means(
    scene: Scene, doctor: Counter, browser: Browser, of_a_nurse: Browser
) -> None:
    person = scene.person()
    first = row(1, name="Rifampicin", dose="600 mg dagligt")  # A known name finds its code.
    second = row(2, name="Noget til maven", atc="a02bc01")
    answer = press(browser, person, **first, **second)
    assert answer.status_code == 200 and "Skrevet ned." in answer.text
    items = told(doctor, person)["items"]
    assert [(one["atc"], one["name"]) for one in items] == [
        ("J04AB02", "Rifampicin"),
        ("A02BC01", "Noget til maven"),
    ]
    page = shown(of_a_nurse, person)
    assert "600 mg dagligt" in page and "sænker metadon" in page
    # A nurse reads; there is nothing to press.
    assert 'name="after_version"' not in page and "Lægen skriver listen" in page


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("atc2", row(2, name="Quetiapin", atc="N05AH4")),
        ("atc2", row(2, name="Stesolid", atc="N05BA01")),
        ("name2", row(2, atc="V03AB99")),
        ("since2", row(2, name="Quetiapin", since="2999-01-01")),
        ("since2", row(2, name="Quetiapin", since="i går")),
        ("stopped2", row(2, name="Quetiapin", stopped="2999-01-01")),
        ("source2", row(2, name="Quetiapin", source="naboen")),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_with_all_that_was_typed(
    scene: Scene, doctor: Counter, browser: Browser, field: str, bad: dict[str, str]
) -> None:
    person = scene.person()
    answer = press(browser, person, **row(1, name="Metformin", dose="500 mg"), **bad)
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.text
    assert 'value="Metformin"' in answer.text and 'value="500 mg"' in answer.text
    assert told(doctor, person)["items"] is None


def test_a_row_in_between_that_is_empty_moves_no_error_to_another(
    scene: Scene, browser: Browser
) -> None:
    bad = row(3, name="Quetiapin", atc="N05")
    answer = press(browser, scene.person(), **row(1, name="Metformin"), **row(2), **bad)
    assert 'data-field="atc3"' in answer.text


def test_whoever_signs_over_a_newer_list_is_shown_it_first(
    scene: Scene, doctor: Counter, browser: Browser
) -> None:
    """H21: nothing a colleague wrote is stopped unseen."""
    person = scene.person()
    written(doctor, person, QUETIAPINE)
    answer = press(browser, person, **row(1, name="Metformin"))
    assert answer.status_code == 409 and "nyere liste" in answer.text
    assert "Quetiapin" in answer.text and 'value="Metformin"' in answer.text
    assert told(doctor, person)["version"] == 1


def test_a_mistake_is_ticked_and_leaves_the_list(
    scene: Scene, doctor: Counter, browser: Browser
) -> None:
    person = scene.person()
    written(doctor, person, item("J01XX08"))
    fields = row(1, name="linezolid", atc="J01XX08") | {"never": "J01XX08", "after_version": "1"}
    assert press(browser, person, **fields).status_code == 200
    assert told(doctor, person)["items"] == []


def test_the_two_lists_stand_side_by_side(scene: Scene, doctor: Counter, browser: Browser) -> None:
    """What is a benzodiazepine is read here and written there."""
    person = scene.person()
    assert write_sedatives(doctor, person, DIAZEPAM).status_code == 201
    page = shown(browser, person)
    assert "diazepam 20" in page.replace("\u00a0", " ")
    assert f'href="/behandling/person/{person}/beroligende"' in page
    assert "N05BA01" not in re.findall(r"<option[^>]*>([^<]*)</option>", page)


def test_the_treatment_page_says_what_matters_first(
    scene: Scene, doctor: Counter, browser: Browser
) -> None:
    person = scene.person()

    def part() -> str:
        text = browser.send("GET /behandling/person/{person_id}", {"person_id": person}).text
        return text[text.index("Anden medicin") :]

    assert "Det vides ikke, hvilken anden medicin" in part()
    written(doctor, person, item("A10BA02", "Metformin"), item("N07BB04", "Naltrexon"))
    said = part()
    assert said.index("Naltrexon: virker imod opioidet") < said.index("I øvrigt: Metformin")
    written(doctor, person, after=1)
    assert "Ingen anden medicin." in part()


def test_without_a_list_of_sedatives_both_pages_say_the_same(
    scene: Scene, browser: Browser
) -> None:
    """What the counter knows stands beside that nobody has written the list."""
    none, unknown = scene.person(), scene.person(taper_state=None)
    for person, known in ((none, "Ingen benzodiazepiner."), (unknown, "Det vides ikke, om")):
        overview = browser.send("GET /behandling/person/{person_id}", {"person_id": person}).text
        page = shown(browser, person)
        assert known in overview and known in page
        assert "Ingen har skrevet listen." in page
