"""A press that is too late comes back to its own page, with what was typed and what changed."""

import re
from typing import Any

import pytest

from tests.api.client import Counter
from tests.api.test_page_relations import Browser
from tests.scene import Scene


@pytest.fixture
def browser(http: Any, doctor: Counter) -> Browser:
    return Browser(http, doctor.token)


def test_who_signs_over_another_doctors_stop_is_shown_it_first(
    scene: Scene, doctor: Counter, browser: Browser
) -> None:
    """H21: the stop stands in the table, the dose in its field, and nothing is signed yet."""
    person, today = scene.person(), doctor.today.isoformat()
    ids = {"person_id": person}
    way = "/behandling/person/{person_id}/ordination"
    shown = browser.send(f"GET {way}", ids).text
    seen = re.search(r'name="after_version" value="(\d+)"', shown)
    assert seen is not None
    body = {"from_on": today, "reason": "indlagt"}
    stopped = doctor.send("POST", f"/people/{person}/orders/stops", body)
    assert stopped.status_code == 201
    fields = {
        "key": "signs-over-a-stop",
        "after_version": seen[1],
        "product_code": "metadon-1",
        "daily_mg": "77",
        "valid_from": today,
        "valid_to": today,
    }
    answer = browser.send(f"POST {way}/underskriv", ids, fields)
    assert answer.status_code == 409
    assert 'value="77"' in answer.text and "indlagt" in answer.text
    count = "SELECT count(*) FROM prescription WHERE person_id = %s"
    assert scene.one(count, person) == 1


def test_what_may_not_go_home_is_said_on_the_page_with_what_was_typed(
    scene: Scene, doctor: Counter, browser: Browser
) -> None:
    """H17: a measure after diversion; the reason need not be written again."""
    person = scene.person(diversion_supervised_until_on=doctor.today)
    fields = {
        "key": "home-despite-measure",
        "arrangement": "part_take_home",
        "take_home_days": "3",
        "pickup_weekdays": "1",
        "reason": "arbejder i Malmø hver dag",
    }
    way = "POST /behandling/person/{person_id}/udlevering"
    answer = browser.send(way, {"person_id": person}, fields)
    assert answer.status_code == 409
    assert "arbejder i Malmø hver dag" in answer.text and "foranstaltning" in answer.text
