"""Small roads that ended nowhere: a press's address opened as a page, a page of another role."""

from datetime import date

import pytest
from fastapi.testclient import TestClient

from dispensing.closures.calendar_pages import months
from tests.api.client import Counter, sign_in, silent
from tests.api.page_rules import ELSEWHERE, PERSON_PAGES, UNIT_PAGES
from tests.scene import Scene

HTML = {"Accept": "text/html,application/xhtml+xml"}
PAGES = set(PERSON_PAGES) | set(UNIT_PAGES) | set(ELSEWHERE)
# Addresses of presses alone, with what stands for their numbers.
PRESSES = sorted(
    path
    for method, _, path in (page.partition(" ") for page in PAGES)
    if method == "POST" and f"GET {path}" not in PAGES
)


def opened(http: TestClient, counter: Counter, path: str) -> object:
    http.cookies.clear()
    cookie = {"Cookie": f"session={counter.token}"}
    return http.get(path, headers=HTML | cookie, follow_redirects=False)


@pytest.mark.parametrize("path", PRESSES)
def test_the_address_of_a_press_opened_as_a_page_leads_home(
    http: TestClient, nurse: Counter, path: str
) -> None:
    """Reloaded after locking, or kept as a bookmark: a page, and no text for machines."""
    parts = ["1" if part.startswith("{") else part for part in path.split("/")]
    answer = opened(http, nurse, "/".join(parts))
    assert answer.status_code == 303 and answer.headers["location"] == "/"  # type: ignore[attr-defined]


def test_a_client_still_hears_which_method_it_is(http: TestClient, nurse: Counter) -> None:
    silent(nurse.get("/reservations"), 405)
    assert http.get("/laas", headers={"Accept": "application/json"}).status_code == 405


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/lager/regnskab", "Læge, Farmaceut, Revisor"),
        ("/laege", "Læge"),
        ("/spor", "Læge, Administrator"),
    ],
)
def test_a_page_of_another_role_keeps_the_menu_and_says_who_can(
    http: TestClient, nurse: Counter, path: str, who: str
) -> None:
    """H22: refused on the server; the bar stays, and the way on is named."""
    answer = opened(http, nurse, path)
    assert answer.status_code == 403  # type: ignore[attr-defined]
    text: str = answer.text  # type: ignore[attr-defined]
    assert 'class="bar"' in text and 'class="menu"' in text and 'href="/lager"' in text
    assert f"Det kan: {who}." in text


def test_the_calendar_opens_at_this_month(http: TestClient, scene: Scene) -> None:
    """Twelve months from now on, over the year's end; a year that is asked for is whole."""
    doctor = sign_in(http, scene, "doctor1", None)
    today: date = scene.today
    page: str = opened(http, doctor, "/kalender").text  # type: ignore[attr-defined]
    names = ["januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
             "oktober", "november", "december"]  # fmt: skip
    first = page.index("<caption>") + len("<caption>")
    assert page[first:].startswith(names[today.month - 1])
    assert page.count("<caption>") == 12 and 'this-day">' in page
    year: str = opened(http, doctor, f"/kalender?aar={today.year}").text  # type: ignore[attr-defined]
    first = year.index("<caption>") + len("<caption>")
    assert year[first:].startswith("januar") and year.count("<caption>") == len(months(today.year))
