"""The course around the orders: how it began, assessment, plan, offers, and how it ended.

Chosen by the person's number, not by chance: the same year happens with or without them.
"""

from __future__ import annotations

from datetime import timedelta

from dispensing.demo import medicines
from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Decider
from dispensing.demo.state import Person
from dispensing.treatment.courses import entries
from dispensing.treatment.due import ANSWERS, ONCE_AT_LEAST
from dispensing.treatment.entries import contact_made, monitoring_recorded, substance_offered

_FIRST = "buprenorphine"
_NOT_BUPRENORPHINE = (
    "Har tidligere haft virkning af metadon og ønsker det igen.",
    "Bivirkninger ved buprenorphin tidligere.",
    "Ønsker ikke buprenorphin efter information om begge.",
)
_WISHES = (
    "Ro i hverdagen og ingen gadestof.",
    "At kunne passe et arbejde.",
    "Kontakt med sine børn.",
    "At bo et fast sted.",
)
_TRIED = ("Afrusning, med tilbagefald.", "Døgnbehandling.", "Intet før dette.")
_AIMS = ("Stabil dosis.", "Intet sidemisbrug.", "Nedtrapning, når hverdagen er rolig.")
_AGREED = ("Samtale hver måned.", "Samtale hver uge hos sygeplejersken.", "Ringer ved udeblivelse.")
_NOT_NOW = "Vil ikke nu."
_TOLD_BY = "Meddelt af pårørende."


def begin(clinic: Clinic, person: Person, by: Decider) -> None:
    """A newcomer's first contact, the offer of buprenorphine and its answer, as they are enrolled.

    The only part with chance: it was drawn before there were courses.
    """
    chance, new = clinic.chance, person.substance != "diacetylmorphine"
    if not new:
        return
    contact_on = by.on - timedelta(days=chance.choice((0, 1, 1, 2, 3, 5, 8, 12)))
    came = "self" if chance.random() < 0.7 else "referral"
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, contact_made(act, contact_on=contact_on, by=came))
    accepted = person.substance == _FIRST
    _offer(clinic, person, by, None if accepted else chance.choice(_NOT_BUPRENORPHINE), 180)
    clinic.rows.add(
        "course",
        clinic.number("course"),
        person.person_id,
        by.unit_id,
        by.on,
        contact_on,
        came,
        "never",
        by.actor_id,
        by.at,
    )
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    began = entries.course_begun(act, enrolled_on=by.on, before="never", note=None, again=False)
    clinic.note(by.unit_id, by.at, began)
    stand(clinic, person, by.later(1))


def taken_over(clinic: Clinic, person: Person, by: Decider) -> None:
    """Somebody in treatment since before the year: assessed and planned for; most told why."""
    stand(clinic, person, by)
    if person.substance == "methadone" and person.person_id % 6:
        reason = _NOT_BUPRENORPHINE[person.person_id % len(_NOT_BUPRENORPHINE)]
        ahead = (clinic.frame.until - by.on).days - 20 + person.person_id % 200
        _offer(clinic, person, by.later(1), reason, min(max(ahead, 30), 366))


def stand(clinic: Clinic, person: Person, by: Decider) -> None:
    """The doctor's assessment and plan."""
    number = person.person_id
    found = {
        "diagnosis": "F11.2",
        "wish": _WISHES[number % len(_WISHES)],
        "tried": _TRIED[number % len(_TRIED)],
        "tolerance": "daily",
        "tolerance_note": None,
        "allergies": "known" if number % 19 == 0 else "none",
        "allergies_note": "Penicillin." if number % 19 == 0 else None,
        "risks": "Overdosis for nylig." if number % 11 == 0 else None,
        "pregnancy": "not_asked",
    }
    signed = (by.actor_id, by.at)
    about = (person.person_id, by.unit_id)
    clinic.rows.add("assessment", clinic.number("assessment"), *about, *found.values(), *signed)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, entries.assessment_signed(act, found))
    ahead = (clinic.frame.until - by.on).days - 10 + number % 150
    plan = {
        "aim": _AIMS[number % len(_AIMS)],
        "agreements": _AGREED[number % len(_AGREED)],
        "review_on": by.on + timedelta(days=min(max(ahead, 14), 366)),
    }
    clinic.rows.add("treatment_plan", clinic.number("plan"), *about, *plan.values(), *signed)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, entries.plan_signed(act, **plan))
    _look_after(clinic, person, by)
    medicines.usual(clinic, person, by)


def _look_after(clinic: Clinic, person: Person, by: Decider) -> None:
    """What was offered or told as they began: some never, some declined, some due again."""
    number = person.person_id
    for place, kind in enumerate(ONCE_AT_LEAST):
        if (number + place) % 9 == 0:
            continue
        no = (number + place) % 13 == 0 and "declined" in ANSWERS[kind]
        ahead = (clinic.frame.until - by.on).days - 15 + (number * 7 + place * 53) % 300
        facts = {
            "kind": kind,
            "answer": "declined" if no else "done",
            "found_on": by.on,
            "qtc_ms": None,
            "goal": None,
            "note": _NOT_NOW if no else None,
            "next_on": by.on + timedelta(days=min(max(ahead, 14), 366)),
            "filtration_ml_per_minute": None,
            "breathing_disease": None,
            "drinks_daily": None,
        }
        about = (clinic.number("monitoring"), number, by.unit_id)
        clinic.rows.add("monitoring", *about, *facts.values(), by.actor_id, by.at)
        act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
        clinic.note(by.unit_id, by.at, monitoring_recorded(act, facts))


def _offer(clinic: Clinic, person: Person, by: Decider, reason: str | None, next_days: int) -> None:
    answer = "accepted" if reason is None else "declined"
    next_on = None if reason is None else by.on + timedelta(days=next_days)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    told = substance_offered(
        act,
        substance=_FIRST,
        accepted=reason is None,
        reason=reason,
        answer=answer,
        next_on=None if next_on is None else next_on.isoformat(),
    )
    clinic.note(by.unit_id, by.at, told)
    clinic.rows.add(
        "substance_offer",
        clinic.number("offer"),
        person.person_id,
        by.unit_id,
        _FIRST,
        answer,
        reason,
        next_on,
        by.on,
        by.actor_id,
        by.at,
    )


def end(clinic: Clinic, person: Person, by: Decider, status: str) -> None:
    """How a course ended, beside the entry that says it."""
    dead = status == "dead"
    at_home = sum(claim.how == "take_home" and claim.for_on >= by.on for claim in person.claims)
    clinic.rows.add(
        "course_end",
        clinic.number("course_end"),
        person.person_id,
        by.unit_id,
        person.enrolled_on,
        by.on,
        status,
        by.on if dead else None,
        _TOLD_BY if dead else None,
        at_home,
        by.actor_id,
        by.at,
    )
    person.dead = dead
