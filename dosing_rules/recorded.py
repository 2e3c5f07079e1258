"""Facts that are recorded about some people only, each group a fact of its own.

The group itself ``None``: nobody has recorded anything. A field ``None``: that part was not
recorded, and counts as the unsafe answer. What a missing *group* means is a switch of the rule book
(``requires_home_safety`` and so on): while the switch is off it is borne in silence, because a
service that cannot record the fact yet would otherwise object to everybody; switched on, a missing
group counts as its worst answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

_Group = TypeVar("_Group")
#: What ``PersonHistory.found`` may tell; each is remembered until it is told anew.
CARE = (
    "new_to_treatment",
    "first_dose_on",
    "sedatives_low_ug",
    "sedatives_high_ug",
    "taper_state",
    "taper_plan_on",
    "ecg_on",
    "qtc_ms",
    "pregnant",
    "diversion_supervised_until_on",
    "reviewed_on",
    "indkald_due_on",
    "naloxone_on",
    "night_first_dose_on",
    "medicines",
    "health_on",
    "filtration_ml_per_minute",
    "breathing_disease",
    "drinks_daily",
    "locked_box",
    "urine_on",
)


@dataclass(frozen=True, slots=True)
class HomeSafety:
    """What guards a dose at home: naloxone with training, and a locked box."""

    naloxone_kit: bool | None
    locked_box: bool | None


@dataclass(frozen=True, slots=True)
class Health:
    """Kidney and lungs: estimated filtration in ml/min, severe breathing disease, alcohol daily."""

    filtration_ml_per_minute: int | None
    breathing_disease: bool | None
    drinks_daily: bool | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Injections under supervision today: failed attempts, and whether the last was followed up.

    ``last_attempt_at`` is the last failed attempt; ``assessed_after`` tells whether the person was
    looked at after the latest completed injection.
    """

    failed_attempts: int | None
    last_attempt_at: datetime | None
    assessed_after: bool | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A dose reported lost, stolen or spilt: the day it was for, and whether that was verified."""

    for_on: date
    verified: bool | None


@dataclass(frozen=True, slots=True)
class Depot:
    """A depot that was given: for which day, and after how many days its order wanted the next."""

    on: date
    interval_days: int | None


@dataclass(frozen=True, slots=True)
class Vomit:
    """Vomiting after intake: when, how many minutes after the dose, and whether staff saw it."""

    at: datetime
    minutes_after: int
    witnessed: bool


#: Looked up, and no depot was ever given.
NO_DEPOT = Depot(on=date.min, interval_days=0)
NO_HOME_SAFETY = HomeSafety(naloxone_kit=None, locked_box=None)
NO_HEALTH = Health(filtration_ml_per_minute=None, breathing_disease=None)
NO_SESSION = Session(failed_attempts=None, last_attempt_at=None, assessed_after=None)


def home_safety_of(care: Mapping[str, Any]) -> HomeSafety | None:
    """What guards doses at home, by the names in ``CARE``; naloxone has its own day."""
    locked = care.get("locked_box")
    return None if locked is None else HomeSafety(naloxone_kit=None, locked_box=locked)


def health_of(care: Mapping[str, Any]) -> Health | None:
    """Kidney, lungs and alcohol, by the names in ``CARE``: written as a whole on one day."""
    if care.get("health_on") is None:
        return None
    return Health(
        care.get("filtration_ml_per_minute"),
        care.get("breathing_disease"),
        care.get("drinks_daily"),
    )


def counted(group: _Group | None, nothing: _Group, required: bool) -> _Group | None:
    """What is recorded; where the book asks for the group, a missing one as wholly unknown."""
    return nothing if group is None and required else group
