"""Other medicine, health and the locked box of the synthetic people.

Chosen by the person's number, not by chance: the same year happens with or without them. What is
usual here asks nobody anything; what does is written on the last evening (``cases``).
"""

from __future__ import annotations

from datetime import timedelta

from dispensing.demo import decisions
from dispensing.demo.clinic import Clinic
from dispensing.demo.decisions import Decider
from dispensing.demo.state import Person
from dispensing.treatment.entries import monitoring_recorded
from dispensing.treatment.medicines.entries import medicines_recorded
from dispensing.treatment.medicines.names import NAMES
from dispensing.treatment.medicines.store import Item
from dispensing.treatment.sedatives.load import Source
from dosing_rules.medicines import Medicine

#: Code, dose as it is said, and where it is known from.
_USUAL: tuple[tuple[str, str, Source], ...] = (
    ("A02BC01", "20 mg om morgenen", "medication-card"),
    ("N02BE01", "1 g ved behov, højst 4 g", "own-words"),
    ("A10BA02", "500 mg to gange dagligt", "medication-card"),
    ("N06AX11", "15 mg til natten", "other-doctor"),
    ("C09AA02", "10 mg om morgenen", "medication-card"),
    ("R03AC02", "2 pust ved behov", "medication-card"),
    ("N06AB06", "50 mg om morgenen", "other-doctor"),
    ("N05AH04", "25 mg til natten", "other-doctor"),
    ("M01AE01", "400 mg ved behov", "own-words"),
    ("C10AA05", "20 mg til natten", "medication-card"),
    ("J05AR20", "1 tablet om morgenen", "medication-card"),
)
#: Of so many people one has no list: it was never asked.
_UNASKED, _NONE = 6, 3


def usual(clinic: Clinic, person: Person, by: Decider) -> None:
    """The list, health and box as a doctor finds them when a course begins or is taken over."""
    number = person.person_id
    if number % _UNASKED:
        write_list(clinic, person, by, _list_of(person))
    if number % 5 < 3:
        _found(
            clinic,
            person,
            by,
            "health",
            filtration_ml_per_minute=70 + number % 40,
            breathing_disease=False,
            drinks_daily=False,
        )
    if number % 4:
        _found(clinic, person, by, "locked_box")


def _list_of(person: Person) -> tuple[Item, ...]:
    number = person.person_id
    if number % _NONE == 0:
        return ()
    chosen = {(number * 7 + turn * 3) % len(_USUAL) for turn in range(1 + number % 3)}
    return tuple([_item(*_USUAL[place], person, number + place) for place in sorted(chosen)])


def _item(code: str, dose: str, source: Source, person: Person, turn: int) -> Item:
    # Taken before the person came here, and known well enough to be asked no more.
    since_on = person.enrolled_on - timedelta(days=30 + turn * 11 % 900)
    return Item(code, NAMES[code].capitalize(), dose, source, since_on)


def write_list(clinic: Clinic, person: Person, by: Decider, items: tuple[Item, ...]) -> None:
    """A list as the person's newest, and what the rules are told of it."""
    person.medicines_version += 1
    version = person.medicines_version
    about = (person.person_id, version, by.unit_id)
    clinic.rows.add("medicine_list", *about, by.on, None, by.actor_id, by.at)
    for number, one in enumerate(items, 1):
        row = (one.atc, one.name, one.dose, one.source, one.since_on, one.stopped_on)
        clinic.rows.add("medicine_item", *about, number, *row)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, medicines_recorded(act, version, items, None, ()))
    known = tuple([Medicine(one.atc or "", one.since_on, one.stopped_on) for one in items])
    decisions.record_care(clinic, person, by, {"medicines": known})


def _found(clinic: Clinic, person: Person, by: Decider, kind: str, **health: object) -> None:
    facts: dict[str, object] = {
        "kind": kind,
        "answer": "done" if health else "yes",
        "found_on": by.on,
        "qtc_ms": None,
        "goal": None,
        "note": None,
        "next_on": None,
        "filtration_ml_per_minute": None,
        "breathing_disease": None,
        "drinks_daily": None,
    } | health
    about = (clinic.number("monitoring"), person.person_id, by.unit_id)
    clinic.rows.add("monitoring", *about, *facts.values(), by.actor_id, by.at)
    act = clinic.act(person, by.unit_id, by.actor_id, by.on, by.at)
    clinic.note(by.unit_id, by.at, monitoring_recorded(act, facts))
    care = {"health_on": by.on} | health if health else {"locked_box": True}
    decisions.record_care(clinic, person, by, care)
