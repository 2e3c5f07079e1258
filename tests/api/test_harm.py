"""Harm that happened elsewhere, played against this service through its API."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.api.client import Counter, findings, problem
from tests.scene import Scene


def raise_to(scene: Scene, person: int, daily_ug: int) -> int:
    """A new version of the prescription from today; answers its number."""
    return scene.prescribe(
        person,
        product="metadon-1",
        daily_ug=daily_ug,
        parts_ug=None,
        valid_to_days=60,
        high_dose_reason=None,
        from_days_ago=0,
    )


@pytest.mark.parametrize("asked", ["110", "1.1"])
def test_eleven_milligrams_entered_as_110_or_as_one(
    scene: Scene, nurse: Counter, asked: str
) -> None:
    """H09: the ten-fold dose and the tenth (Ontario, 2022)."""
    person = scene.person(daily_ug=11_000)
    answer = nurse.reserve(person, doses=[nurse.dose(asked)])
    assert {"ten-fold-of-ordered", "ten-fold-of-last"} <= set(answer.json()["blocking"])
    assert scene.used(person) == 0


@pytest.fixture
def strong(scene: Scene) -> Iterator[str]:
    """The code of a 5 mg/ml bottle that stands open beside the 1 mg/ml one, for one test."""
    bottle = scene.bottle(1, "metadon-5")
    yield f"B-{1000 + bottle}"
    scene.run("UPDATE bottle SET closed_at = now() WHERE bottle_id = %s", bottle)


def test_twenty_milligrams_poured_as_twenty_millilitres_of_the_strong_bottle(
    scene: Scene, nurse: Counter, strong: str
) -> None:
    """H08: 20 ml of 5 mg/ml are 100 mg; the volume is never asked for, only told."""
    person = scene.person(daily_ug=20_000, product="metadon-5")
    told = nurse.reserve(person, doses=[nurse.dose("20")], bottle_code=strong)
    assert told.json()["doses"][0]["volume_ml"] == "4"


def test_where_two_strengths_stand_open_only_a_scan_tells(
    scene: Scene, nurse: Counter, strong: str
) -> None:
    """H08: look-alike bottles side by side."""
    assert nurse.reserve(scene.person()).json()["blocking"] == ["product-not-scanned"]


def test_the_total_of_three_days_as_one_days_dose(scene: Scene, nurse: Counter) -> None:
    """H09, H16: 90 ml from a pre-printed label, five days running (Ireland)."""
    person = scene.person(daily_ug=30_000)
    answer = nurse.reserve(person, doses=[nurse.dose("90")])
    assert {"amount-above-ordered", "day-above-ordered"} <= set(answer.json()["blocking"])


def test_the_total_of_three_days_spread_over_parts_of_one_day(scene: Scene, nurse: Counter) -> None:
    """H09: what the parts hide, the day shows; and parts are not swallowed at once."""
    person = scene.person(daily_ug=30_000, parts_ug=[10_000, 10_000, 10_000])
    problem(nurse.reserve(person, doses=[nurse.dose("10", part=n) for n in (1, 2, 3)]), 422)
    scene.hours_earlier(nurse.given(person, doses=[nurse.dose("10")]), 9)
    answer = nurse.reserve(person, doses=[nurse.dose("30", part=2)])
    assert {"amount-above-ordered", "day-above-ordered"} <= set(answer.json()["blocking"])


class TestTheNextPatientInLine:
    """75 mg drunk by somebody who should have had 11 (New Zealand, 19HDC02146)."""

    @pytest.fixture
    def in_line(self, scene: Scene) -> tuple[int, int]:
        return scene.person(daily_ug=11_000), scene.person(daily_ug=75_000)

    def test_without_identifiers_nothing_is_swallowed(
        self, nurse: Counter, in_line: tuple[int, int]
    ) -> None:
        """H07: the glass of the next one stands there, and nobody asked who this is."""
        poured = nurse.reserved(in_line[1], doses=[nurse.dose("75")])
        answer = nurse.give(poured, identifiers=[])
        assert answer.json()["blocking"] == ["identity-not-confirmed"]

    def test_one_order_does_not_serve_another_person(
        self, nurse: Counter, in_line: tuple[int, int]
    ) -> None:
        """H07, H10: the screen shows the next person's order."""
        small, large = in_line
        answer = nurse.reserve(small, doses=[nurse.dose("75")], prescription_id=large * 10)
        blocked = set(answer.json()["blocking"])
        assert {"prescription-changed", "amount-above-ordered"} <= blocked

    def test_a_reservation_stays_with_its_person(
        self, scene: Scene, nurse: Counter, in_line: tuple[int, int]
    ) -> None:
        """H07: what is confirmed is recorded for whom it was poured, and the answer says who."""
        small, large = in_line
        poured = nurse.reserved(large, doses=[nurse.dose("75")])
        assert nurse.give(poured).json()["person_id"] == large
        assert (scene.used(large), scene.used(small)) == (75_000, 0)


def test_a_take_home_dose_ten_days_before_its_date(scene: Scene, nurse: Counter) -> None:
    """H15, H17: the bottle for the tenth day from now is asked for today (United Kingdom)."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )
    scene.covered(person, 1, 0, 80_000)
    for days in range(1, 7):
        scene.covered(person, 1, -days, 80_000)
    answer = nurse.reserve(person, doses=nurse.home(10))
    assert "early-pickup" in answer.json()["blocking"]
    assert scene.used(person, 10) == 0


def test_eighty_milligrams_after_eighty_five_the_same_day(scene: Scene, nurse: Counter) -> None:
    """H01: the duplicate check of others compared equal amounts only."""
    person = scene.person(daily_ug=85_000)
    nurse.given(person, doses=[nurse.dose("85")])
    version = raise_to(scene, person, 80_000)
    answer = nurse.reserve(person, prescription_version=version)
    assert "already-given" in answer.json()["blocking"]
    assert scene.used(person) == 85_000


def test_the_day_is_the_services_and_not_the_clients(scene: Scene, nurse: Counter) -> None:
    """H03: the check asked about today while the row stored the date that was sent."""
    person = scene.person()
    for days in (-1, 1):
        answer = nurse.reserve(person, doses=[nurse.dose(days=days)])
        assert "supervised-for-another-day" in answer.json()["blocking"]
    nurse.given(person)
    day = scene.one(
        "SELECT day FROM administration WHERE person_id = %s AND day = %s", person, scene.today
    )
    assert day == scene.today


def test_a_missed_day_is_not_handed_out_afterwards(scene: Scene, nurse: Counter) -> None:
    """H15: yesterday's bottle today."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True, supervised_weekdays=[today], pickup_weekdays=[today], take_home_days=6
    )
    answer = nurse.reserve(person, doses=[nurse.dose(), *nurse.home(-2)])
    assert "take-home-for-past-day" in answer.json()["blocking"]


def test_a_restart_at_the_old_dose(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H11: five days away; a doctor's yes to the absence is no yes to the full dose."""
    person = scene.person(last_covered_days_ago=6)
    assert {"missed-days", "restart-above-ceiling"} <= set(findings(nurse.reserve(person)))
    doctor.decide(person, "missed-days", max_mg="30")
    assert "restart-above-ceiling" in nurse.reserve(person).json()["blocking"]


def test_the_full_dose_the_day_after_a_restart(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H11: eight days ago 80 mg, yesterday 30 mg; the order still says 80 mg."""
    began = scene.today - timedelta(days=1)
    person = scene.person(last_covered_days_ago=None, first_dose_on=began)
    scene.covered(person, 1, 8, 80_000)
    scene.covered(person, 1, 1, 30_000)
    assert nurse.reserve(person).json()["blocking"] == ["rise-since-last-dose"]
    reason = [{"rule_id": "amount-below-ordered", "reason": "Dag to efter ny start."}]
    step = nurse.reserve(person, doses=[nurse.dose("40")], reasons=reason)
    assert step.json()["state"] == "reserved"


def test_withdrawal_before_the_first_buprenorphine(scene: Scene, nurse: Counter) -> None:
    """H25: not measured asks the doctor, too little stops, enough is handed out, to the end."""
    person = scene.person(daily_ug=30_000, last_covered_days_ago=2)
    scene.prescribe(
        person, product="bupre-8", daily_ug=8_000, parts_ug=None, valid_to_days=40,
        high_dose_reason=None, from_days_ago=0,
    )  # fmt: skip
    watched = {"rule_id": "hold-until-dissolved", "reason": "I watch the tablet"}
    shown = {"prescription_version": 2, "doses": [nurse.dose("8")], "reasons": [watched]}
    told: dict[int | None, Any] = {
        cows: nurse.reserve(
            person, **shown, observed={"affected": False, "withdrawal_cows": cows}
        ).json()
        for cows in (None, 7, 8)
    }
    assert told[None]["blocking"] == told[7]["blocking"] == ["withdrawal-not-yet"]
    severities = [told[cows]["verdict"]["severity"] for cows in (None, 7)]
    assert severities == ["doctor", "stop"]
    seen = {"affected": False, "withdrawal_cows": 8}
    given = nurse.give(told[8]["reservation_id"], observed=seen)
    assert given.json()["state"] == "given"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sedatives_high_ug": 40_000, "taper_state": "none"}, "benzodiazepine-load"),
        ({"pregnant": True}, "pregnant"),
        ({"valid_to_days": -1}, "prescription-expired"),
        ({"daily_ug": 130_000}, "high-dose-methadone"),
    ],
    ids=["H13", "H14", "H10", "H09"],
)
def test_what_is_recorded_about_the_person_is_weighed_at_the_counter(
    scene: Scene, nurse: Counter, changes: dict, rule: str
) -> None:
    """H10, H13, H14: the recorded fact reaches the verdict through the service."""
    person = scene.person(**changes)
    amount = str(changes.get("daily_ug", 80_000) // 1000)
    answer = nurse.send("POST", "/checks", nurse.order(person, amount))
    assert rule in findings(answer)


def test_the_first_bottle_goes_home_before_the_titration_is_over(
    scene: Scene, nurse: Counter
) -> None:
    """H11, H17: ten days into treatment."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today],
        take_home_days=6,
        first_dose_on=scene.today - timedelta(days=10),
    )
    answer = nurse.reserve(person, doses=[nurse.dose(), *nurse.home(1)])
    assert answer.json()["blocking"] == ["take-home-in-titration"]


def test_the_first_day_back_sends_nothing_home_beyond_the_doctors_most(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H11, H17: after a week without, "at most 30 mg" is said of the doses to take home as well."""
    today = scene.today.isoweekday()
    person = scene.person(
        take_home=True,
        supervised_weekdays=[today],
        pickup_weekdays=[today],
        take_home_days=6,
        last_covered_days_ago=8,
    )
    doses = [nurse.dose("30"), *nurse.home(1)]
    refused = nurse.reserve(person, doses=doses)
    assert "take-home-in-titration" in refused.json()["blocking"]
    doctor.decide(person, *refused.json()["blocking"], max_mg="30")
    held = nurse.reserve(person, doses=doses)
    assert "take-home-in-titration" in held.json()["blocking"]
    less = nurse.reserve(person, doses=[nurse.dose("30"), *nurse.home(1, amount_mg="30")])
    assert less.status_code == 201


def test_every_refusal_names_a_way_on(scene: Scene, nurse: Counter) -> None:
    """A block without a way through is switched off the next day."""
    scene_of = [
        scene.person(last_covered_days_ago=10, qtc_ms=520, pregnant=True, daily_ug=130_000),
        scene.person(valid_to_days=-1, right_holder=None, ecg_on=None),
    ]
    for person in scene_of:
        document = problem(nurse.reserve(person, observed={"affected": True}), 409)
        assert document["blocking"]
        for finding in document["verdict"]["findings"]:
            assert finding["way_on"] and (finding["liftable_by"] or finding["way_on"])
