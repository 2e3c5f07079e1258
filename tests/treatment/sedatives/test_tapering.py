"""A doctor runs a taper: the list, the plan, each step, the pause and the end (H13, H14, H21)."""

from datetime import timedelta

import pytest

from dispensing.treatment.sedatives.store import DECODER, KEPT
from tests.api.client import Counter, findings, problem
from tests.api.test_replay import loaded_and_told, replayed
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.sedatives.doing import (
    DIAZEPAM,
    agreed,
    back_to,
    care,
    on_plan,
    plan,
    rows,
    step,
    told,
    write,
)


def test_the_list_is_known_to_the_counter_at_once(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H13, H21: above the guidance line the next check says so, and nothing is blocked."""
    person = scene.person()
    assert write(doctor, person, DIAZEPAM | {"daily_mg": "31"}).status_code == 201
    assert care(scene, person) == (31_000, 31_000, "above_guidance", None)
    assert scene.kinds(person)[-1] == "sedatives-recorded"
    reserved = nurse.reserve(person)
    assert reserved.status_code == 201
    said = {one["rule_id"]: one["severity"] for one in reserved.json()["verdict"]["findings"]}
    assert said["benzodiazepine-load"] == "inform"


@pytest.mark.parametrize(
    ("mg", "state"), [("29.999", "none"), ("30", "none"), ("30.001", "above_guidance")]
)
def test_the_guidance_line(scene: Scene, doctor: Counter, mg: str, state: str) -> None:
    """H13: 30 mg of diazepam is within it."""
    person = scene.person()
    write(doctor, person, DIAZEPAM | {"daily_mg": mg})
    assert care(scene, person)[2] == state
    assert told(doctor, person)["guidance_ug"] == 30_000


def test_what_cannot_be_said_in_diazepam_is_unknown_to_the_rules(
    scene: Scene, nurse: Counter, doctor: Counter
) -> None:
    """H13: never the part that is known."""
    person = scene.person()
    unknown = {"atc": "N05BA03", "daily_mg": "10", "source": "own-words"}
    assert write(doctor, person, DIAZEPAM, unknown).status_code == 201
    assert care(scene, person) == (None, None, None, None)
    assert "benzodiazepine-load" in findings(nurse.reserve(person))
    assert told(doctor, person)["high_ug"] is None


def test_told_planned_tapering_done(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """H13: the four states in their order, each at once in what the rules ask."""
    person, today = scene.person(), doctor.today
    assert write(doctor, person, DIAZEPAM).status_code == 201
    assert care(scene, person)[2] == "none"
    note = {"note": "talt om faren ved begge dele"}
    assert doctor.send("POST", f"/people/{person}/sedatives/told", note).status_code == 201
    assert care(scene, person)[2:] == ("informed", None)
    assert agreed(doctor, person, goal_mg="18").status_code == 201
    assert care(scene, person)[2:] == ("agreed", today)
    assert told(doctor, person)["standing"]["word"] == "step-today"
    assert step(doctor, person, "18").status_code == 201
    # The goal is reached: what is left is known, and the person is still informed.
    assert care(scene, person) == (18_000, 18_000, "informed", None)
    assert told(doctor, person)["plan"]["end"]["kind"] == "reached"
    acts = ["sedatives-recorded", "sedatives-told", "taper-agreed", "taper-step-taken"]
    assert scene.kinds(person) == acts


def test_a_step_on_its_day_needs_no_reason(scene: Scene, doctor: Counter) -> None:
    """The dose of the plan, on the day of the plan."""
    person = on_plan(scene, doctor)
    assert step(doctor, person, "18").status_code == 201
    now = told(doctor, person)
    assert (now["standing"]["word"], now["standing"]["next_ug"]) == ("on-plan", 16_000)
    assert now["listed"]["items"][0]["daily_ug"] == 18_000
    assert care(scene, person)[:3] == (18_000, 18_000, "tapering")


def test_another_dose_than_the_plans_needs_a_reason(scene: Scene, doctor: Counter) -> None:
    """H13: also a smaller step than planned."""
    person = on_plan(scene, doctor)
    assert problem(step(doctor, person, "19"), 409)["type"] == "/problems/step-needs-reason"
    assert rows(scene, "taper_step", person) == 0
    assert scene.kinds(person)[-1] == "act-refused"
    assert step(doctor, person, "19", reason="sover dårligt").status_code == 201
    assert told(doctor, person)["standing"]["word"] == "step-today"


def test_that_more_is_taken_is_found_and_written_not_decided(scene: Scene, doctor: Counter) -> None:
    """H13: the plan then says how far behind it is; the rules know the larger load."""
    person = on_plan(scene, doctor)
    step(doctor, person, "18")
    assert (
        write(doctor, person, DIAZEPAM | {"daily_mg": "22"}, note="køber selv").status_code == 201
    )
    now = told(doctor, person)
    assert [(one["how"], one["dose_ug"]) for one in now["went"]] == [
        ("decided", 18_000),
        ("found", 22_000),
    ]
    assert now["standing"]["word"] == "step-today" and now["standing"]["actual_ug"] == 22_000
    assert care(scene, person)[:3] == (22_000, 22_000, "tapering")


@pytest.mark.parametrize(("days", "word"), [(0, "step-today"), (1, "behind"), (30, "behind")])
def test_behind_is_told_in_days(
    scene: Scene, nurse: Counter, doctor: Counter, days: int, word: str
) -> None:
    """H13: to nurses too; nothing is blocked by it."""
    person = on_plan(scene, doctor)
    back_to(scene, person, days)
    stands = told(nurse, person)["standing"]
    assert (stands["word"], stands["days"]) == (word, days)
    listed = nurse.get("/tapers").json()["people"]
    mine = next(one for one in listed if one["person_id"] == person)
    assert (mine["where"], mine["standing"]) == (word, stands)
    days_behind = [one["standing"]["days"] for one in listed if one["where"] == "behind"]
    assert days_behind == sorted(days_behind, reverse=True)
    assert [one["where"] for one in listed[: len(days_behind)]] == ["behind"] * len(days_behind)
    assert nurse.reserve(person).status_code == 201


def test_the_view_of_the_counter_says_what_the_plan_says(scene: Scene, doctor: Counter) -> None:
    """The next step of the database's view is the one that is counted in Python."""
    person = on_plan(scene, doctor)
    for dose_mg, reason in (("18", None), ("17", "langsommere"), ("14", "hurtigere")):
        step(doctor, person, dose_mg, **({"reason": reason} if reason else {}))
        found = scene.connection.execute(
            "SELECT next_on, next_ug, dose_ug FROM taper_now WHERE person_id = %s", (person,)
        ).fetchone()
        kept = scene.connection.execute(KEPT, {"person_id": person}).fetchone()
        assert found is not None and kept is not None
        stands = DECODER.decode(kept[0]).stands(doctor.today)
        assert stands is not None and stands.next_step is not None
        ahead = stands.next_step
        assert tuple(found) == (ahead.on, ahead.dose_ug, stands.actual_ug)


def test_a_pause_moves_what_is_left_and_is_a_version_of_its_own(
    scene: Scene, doctor: Counter
) -> None:
    """H13: what was agreed stays as it was; never retroactive."""
    person, today = on_plan(scene, doctor), doctor.today
    step(doctor, person, "18")
    second = today + timedelta(days=14)
    asked = {
        "from_on": second.isoformat(),
        "until_on": (second + timedelta(days=9)).isoformat(),
        "reason": "jul",
    }
    done = doctor.send("POST", f"/people/{person}/taper/pauses", asked)
    assert done.status_code == 201, done.text
    now = told(doctor, person)
    assert now["standing"]["next_on"] == (second + timedelta(days=10)).isoformat()
    assert (now["plan"]["version"], now["plan"]["taper_no"]) == (2, 1)
    assert now["plan"]["original_ug"] == 20_000 and now["plan"]["from_ug"] == 18_000
    assert care(scene, person)[2:] == ("tapering", today)
    assert rows(scene, "taper_plan", person) == 2
    yesterday = asked | {"from_on": (today - timedelta(days=1)).isoformat()}
    refused = doctor.send("POST", f"/people/{person}/taper/pauses", yesterday)
    assert problem(refused, 422)["field"] == "pause_from"


def test_the_plan_made_anew_goes_on_from_where_the_person_is(scene: Scene, doctor: Counter) -> None:
    """H13: behind schedule, the rest is laid out again from today's dose, by the first dose."""
    person = on_plan(scene, doctor)
    step(doctor, person, "18")
    back_to(scene, person, 40)
    assert agreed(doctor, person, percent=5).status_code == 201
    now = told(doctor, person)
    assert (now["plan"]["from_ug"], now["plan"]["original_ug"]) == (18_000, 20_000)
    assert now["standing"]["word"] == "step-today"
    assert len(now["went"]) == 1


def test_stopping_says_why_and_leaves_what_is_taken(scene: Scene, doctor: Counter) -> None:
    """H13: the state falls back, the dose does not move."""
    person = on_plan(scene, doctor)
    path = f"/people/{person}/taper/stopped"
    assert problem(doctor.send("POST", path, {"reason": " "}), 422)["field"] == "reason"
    assert doctor.send("POST", path, {"reason": "for syg nu"}).status_code == 201
    assert care(scene, person) == (20_000, 20_000, "none", None)
    assert problem(step(doctor, person, "18"), 409)["type"] == "/problems/no-taper"
    assert problem(doctor.send("POST", path, {"reason": "igen"}), 409)


def test_a_plan_that_nobody_looked_at_is_none_until_somebody_does(
    scene: Scene, doctor: Counter, nurse: Counter
) -> None:
    """H13: three months; the counter informs."""
    person = on_plan(scene, doctor)
    scene.run("UPDATE care SET taper_plan_on = taper_plan_on - 91 WHERE person_id = %s", person)
    back_to(scene, person, 91)
    assert "benzodiazepine-without-plan" in findings(nurse.reserve(person))
    again = doctor.send("POST", f"/people/{person}/taper/looked-at", {"note": "går videre"})
    assert again.status_code == 201
    assert care(scene, person)[3] == doctor.today
    assert told(doctor, person)["plan"]["looked_at_on"] == doctor.today.isoformat()


def test_pregnant_is_never_a_matter_of_course(scene: Scene, doctor: Counter) -> None:
    """H14: plan and step need the doctor's written reason."""
    person = scene.person(pregnant=True)
    write(doctor, person, DIAZEPAM)
    assert problem(agreed(doctor, person), 409)["type"] == "/problems/plan-needs-reason"
    assert agreed(doctor, person, reason="aftalt med obstetriker").status_code == 201
    assert problem(step(doctor, person, "18"), 409)["type"] == "/problems/step-needs-reason"


def test_a_nurse_reads_and_decides_nothing(scene: Scene, nurse: Counter, doctor: Counter) -> None:
    """The doctor's own sign-in."""
    person = on_plan(scene, doctor)
    assert told(nurse, person)["plan"]["version"] == 1
    assert problem(write(nurse, person, DIAZEPAM), 403)
    assert problem(step(nurse, person, "18"), 403)
    assert problem(nurse.send("POST", f"/people/{person}/taper/drafts", plan(nurse)), 403)


def test_a_draft_shows_the_steps_and_writes_nothing(scene: Scene, doctor: Counter) -> None:
    """H13: each rule once, with the steps it concerns."""
    person = scene.person()
    write(doctor, person, DIAZEPAM | {"daily_mg": "40"})
    before = scene.kinds(person)
    draft = doctor.send("POST", f"/people/{person}/taper/drafts", plan(doctor)).json()
    assert [one["dose_ug"] for one in draft["steps"]][:3] == [36_000, 32_000, 28_000]
    above = next(
        one for one in draft["said"] if one["finding"]["rule_id"] == "benzodiazepine-above-cap"
    )
    assert above["steps"] == [1, 2] and draft["needs_reason"]
    assert scene.kinds(person) == before


def test_the_same_press_twice_is_one_step(scene: Scene, doctor: Counter) -> None:
    person = on_plan(scene, doctor)
    body = {"dose_mg": "18", "on_medication_card": True}
    for _ in range(2):
        done = doctor.send("POST", f"/people/{person}/taper/steps", body, key="same-step-1")
        assert done.status_code == 201
    assert rows(scene, "taper_step", person) == 1


def test_what_the_ledger_tells_is_what_the_counter_knows(
    scene: Scene, doctor: Counter, nurse: Counter, shared_database: Database
) -> None:
    """H21: after every act the projection of the entries gives the facts that are loaded."""
    person = scene.person()
    acts = (
        lambda: write(doctor, person, DIAZEPAM),
        lambda: doctor.send("POST", f"/people/{person}/sedatives/told", {"note": "sagt"}),
        lambda: agreed(doctor, person),
        lambda: step(doctor, person, "18"),
        lambda: write(doctor, person, DIAZEPAM, {"atc": "N05BA03", "source": "own-words"}),
        lambda: write(doctor, person, DIAZEPAM | {"daily_mg": "35"}),
        lambda: doctor.send("POST", f"/people/{person}/taper/looked-at", {}),
        lambda: doctor.send("POST", f"/people/{person}/taper/stopped", {"reason": "syg"}),
        lambda: write(doctor, person),
    )
    for act in acts:
        done = act()
        assert done.status_code == 201, done.text
        loaded, projected = loaded_and_told(scene, person)
        assert projected.sedatives == loaded.sedatives
        nurse.reserve(person)
    found = replayed(shared_database).found
    assert [one for one in found.differences if one.person_id == person] == []
