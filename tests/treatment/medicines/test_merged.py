"""Two records of one human: what either of them says of medicine and health counts."""

from typing import Any

from tests.api.client import Counter
from tests.api.test_merging import merge, unmerge
from tests.api.test_page_relations import Browser
from tests.scene import Scene
from tests.treatment.medicines.test_listing import item, rules, told, written
from tests.treatment.test_monitoring import record

HEALTHY = {"filtration_ml_per_minute": 95, "breathing_disease": False, "drinks_daily": False}


def codes(by: Counter, person: int) -> list[tuple[str, str | None]]:
    return sorted((one["atc"], one["stopped_on"]) for one in told(by, person)["items"])


def merged(doctor: Counter, survivor: int, absorbed: int) -> int:
    answer = merge(doctor, survivor, absorbed)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["merge_id"]


def test_both_lists_count_until_one_is_written_for_the_human(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H13: the naltrexone of the other record stops the dose of this one."""
    survivor, absorbed = scene.person(), scene.person()
    today = scene.today.isoformat()
    written(doctor, survivor, item("A10BA02"), item("J01XX08", stopped_on=today))
    written(doctor, absorbed, item("N07BB04"), item("J01XX08"))
    merged(doctor, survivor, absorbed)
    # Of a medicine on both, it is the one still taken.
    both = [("A10BA02", None), ("J01XX08", None), ("N07BB04", None)]
    assert codes(doctor, survivor) == both
    assert {"opioid-antagonist", "mao-inhibitor"} <= set(rules(nurse, survivor))
    written(doctor, survivor, item("A10BA02"), after=1, never_taken=["N07BB04", "J01XX08"])
    assert codes(doctor, survivor) == [("A10BA02", None)]
    assert "opioid-antagonist" not in rules(nurse, survivor)


def test_a_list_on_one_record_alone_is_the_humans(
    scene: Scene, nurse: Counter, doctor: Counter, http: Any
) -> None:
    survivor, absorbed = scene.person(), scene.person()
    written(doctor, absorbed, item("N07BB04"))
    merge_id = merged(doctor, survivor, absorbed)
    assert "opioid-antagonist" in rules(nurse, survivor)
    assert unmerge(doctor, merge_id).status_code in (200, 201)
    # Two humans after all: the page says what the counter still knows, and it is written anew.
    page = Browser(http, doctor.token).send(
        "GET /behandling/person/{person_id}/medicin", {"person_id": survivor}
    )
    assert "Skranken kender medicin, som ikke står på listen:" in page.text
    written(doctor, survivor)
    assert "opioid-antagonist" not in rules(nurse, survivor)


def test_of_two_findings_the_one_that_asks_for_more_care(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    survivor, absorbed = scene.person(), scene.person()
    record(doctor, survivor, "health", **HEALTHY)
    record(doctor, absorbed, "health", **(HEALTHY | {"filtration_ml_per_minute": 20}))
    record(nurse, survivor, "locked_box", "yes")
    record(nurse, absorbed, "locked_box", "no")
    merged(doctor, survivor, absorbed)
    care = "SELECT filtration_ml_per_minute, breathing_disease, locked_box FROM care"
    found = scene.run(f"{care} WHERE person_id = %s", survivor).fetchone()
    assert tuple(found) == (20, False, False)
    assert "weak-kidneys" in rules(nurse, survivor)
