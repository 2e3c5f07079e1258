"""People for every rule: each finding that recorded facts can raise is seen on the last morning.

A case names whom it suits and what happens on the last evening (or the days before). The person's
year is ordinary until then, and everything is written like any other decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from dispensing.demo import evenings as evening
from dispensing.demo import stays
from dispensing.demo.catalogue import PREPARATIONS, STRONG_MIXTURE
from dispensing.demo.clinic import Clinic, local_moment
from dispensing.demo.courses import weekday_of
from dispensing.demo.decisions import Decider
from dispensing.demo.evenings import Evening
from dispensing.demo.people import MG
from dispensing.demo.state import Person

_DAY = timedelta(days=1)
Suits = Callable[[Person, date], bool]
_LARGE = (1, 2, 3)
#: One in so many people may show something; the rest are an ordinary morning.
ONE_IN = 11
_LEAST_PACKAGES = 60


def _daily(person: Person, until: date) -> bool:
    """Swallows methadone here every day, at a usual dose."""
    low, high = 50 * MG, 100 * MG
    return (
        person.style == "daily"
        and person.substance == "methadone"
        and low <= person.daily_ug <= high
        and person.product_code == "met-sol-1"
    )


def _daily_very_high(person: Person, until: date) -> bool:
    usual = person.style in ("daily", "split") and person.substance == "methadone"
    return usual and person.daily_ug > 120 * MG


def _daily_high(person: Person, until: date) -> bool:
    usual = person.style in ("daily", "split") and person.substance == "methadone"
    return usual and person.daily_ug > 100 * MG


def _daily_buprenorphine(person: Person, until: date) -> bool:
    return person.style == "daily" and person.substance == "buprenorphine"


def _daily_woman(person: Person, until: date) -> bool:
    young = person.born_on > until - timedelta(days=46 * 365)
    return _any_daily(person, until) and person.sex == "f" and young


def _any_daily(person: Person, until: date) -> bool:
    return person.style == "daily"


def _weekly_today(person: Person, until: date) -> bool:
    """The weekly pick-up day is the last morning's weekday."""
    return person.style == "weekly" and weekday_of(person) == until.isoweekday()


def _on_tablets_due_today(person: Person, until: date) -> bool:
    """Could as well have a weekly injection, with today as its day."""
    return _daily_buprenorphine(person, until) and weekday_of(person) == until.isoweekday()


def _thrice(person: Person, until: date) -> bool:
    return person.style == "thrice"


def _pickup_missed(person: Person, until: date) -> bool:
    """Three pick-ups a week, none of them today."""
    return person.style == "three" and until.isoweekday() not in _three_days(person)


def _pickup_today(person: Person, until: date) -> bool:
    methadone = person.substance == "methadone"
    return person.style == "three" and methadone and until.isoweekday() in _three_days(person)


def _three_days(person: Person) -> set[int]:
    return {1, 3, 5} if person.person_id % 3 else {2, 4, 6}


def _heroin(person: Person, until: date) -> bool:
    return person.substance == "diacetylmorphine"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to show. ``absent_days`` before the last morning the person stays away."""

    name: str
    suits: Suits
    act: Evening | None = None
    units: tuple[int, ...] = _LARGE
    absent_days: int = 0
    #: The last dose was swallowed late in the afternoon.
    late: bool = False
    #: Enrolled only on the last evening.
    fresh: bool = False
    #: Changes before the year begins.
    start: dict[str, object] = field(default_factory=dict)


_WEEKLY_DEPOT = {"style": "depot", "product_code": "bup-depot-w16", "daily_ug": 16 * MG}

CASES = (
    Case("indkald-observation", _weekly_today, evening.indkald_from_today),
    Case("missed-days-stop", _daily, absent_days=5),
    Case("restart", _any_daily, absent_days=9),
    Case("missed-days-doctor", _daily, absent_days=3),
    Case("outcome-uncertain", _daily),
    Case("too-soon", _daily, late=True),
    Case("prescription-expired", _daily, evening.expired),
    Case("prescription-missing", _daily, evening.enrolled_without_order, fresh=True),
    Case("coverage-unknown", _daily, evening.enrolled_from_elsewhere, fresh=True),
    Case("first-day-doctor", _daily, evening.first_day_at(40 * MG), fresh=True),
    Case("first-day-stop", _daily, evening.first_day_at(50 * MG), fresh=True),
    Case("first-day", _daily, evening.first_day_at(30 * MG), fresh=True),
    Case("step-too-large", _daily, evening.raised_while_set(20 * MG, days=5)),
    Case("week-increase", _daily, evening.raised(10 * MG)),
    Case("titration-step", _daily, evening.raised(10 * MG)),
    Case("switch-to-buprenorphine", _daily, evening.switched_to_buprenorphine, late=True),
    Case("parts-do-not-add-up", _daily, evening.parts_wrong),
    Case("amount-not-measurable", _daily, evening.raised(130)),
    Case("unit-not-licensed", _daily, evening.ordered("met-inj-10")),
    Case("vomited-today", _daily, evening.vomited_in_the_night, late=True),
    Case("qtc-confirm", _daily, evening.found(qtc_ms=471)),
    Case("qtc-doctor", _daily, evening.found(qtc_ms=512)),
    Case("ecg-too-old", _daily_high, evening.found_ago("ecg_on", 400)),
    Case("high-dose-methadone", _daily_very_high, evening.without_reason),
    Case("high-dose-buprenorphine", _daily_buprenorphine, evening.dose_without_reason(28 * MG)),
    Case(
        "ten-fold-of-last",
        _daily_buprenorphine,
        evening.dose_without_reason(24 * MG),
        start={"daily_ug": 2 * MG},
    ),
    Case("thrice-above-max", _thrice, evening.pattern(30 * MG)),
    Case("thrice-without-pattern", _thrice, evening.pattern(None)),
    Case("depot-interval-unknown", _daily_buprenorphine, evening.depot("bup-depot-w16", 16 * MG)),
    Case("depot-above-max", _daily_buprenorphine, evening.depot("bup-depot-m64", 64 * MG, 7)),
    Case("depot", _on_tablets_due_today, start=_WEEKLY_DEPOT),
    Case("depot-outside-window", _on_tablets_due_today, absent_days=8, start=_WEEKLY_DEPOT),
    Case("diacetylmorphine-above-cap", _heroin, evening.heroin_above_cap, units=(6,)),
    Case("diversion", _weekly_today, evening.found_ahead("diversion_supervised_until_on", 30)),
    Case("injectable-never-home", _pickup_today, evening.ordered("met-inj-10"), units=(5,)),
    Case("take-home-above-limit", _weekly_today, evening.exception_too_short),
    Case("take-home-above-own", _weekly_today, evening.arranged(take_home_days=3)),
    Case("take-home-supervised-day", _weekly_today, evening.more_supervised),
    Case("not-a-pickup-day", _pickup_missed, absent_days=2),
    Case("take-home-in-titration", _weekly_today, evening.found_ago("first_dose_on", 5)),
    Case("indkald-overdue", _weekly_today, evening.found_ago("indkald_due_on", 12)),
    Case("indkald-due", _weekly_today, evening.found_ahead("indkald_due_on", 20)),
    Case("travel", _weekly_today, evening.travels),
    Case("pregnant", _daily_woman, evening.found(pregnant=True)),
    Case("pregnant-and-reduced", _daily_woman, evening.pregnant_and_reduced),
    Case("benzodiazepine-load", _any_daily, evening.sedated(45 * MG, "tapering")),
    Case("benzodiazepine-without-plan", _any_daily, evening.sedated(15 * MG, "above_guidance")),
    Case("review-confirm", _any_daily, evening.found_ago("reviewed_on", 240)),
    Case("review-doctor", _any_daily, evening.found_ago("reviewed_on", 400)),
    Case("opioid-antagonist", _any_daily, evening.takes(("N07BB04", 3, None))),
    Case("other-substitution", _daily_buprenorphine, evening.takes(("N07BC05", 60, None))),
    Case("mao-inhibitor", _any_daily, evening.takes(("J01XX08", 16, 6))),
    Case("qt-medicines", _daily, evening.takes(("N06AB10", 4, None), ("N05AH04", 900, None))),
    Case("sedating-medicines", _any_daily, evening.takes(("N02BF02", 400, None))),
    Case("level-changes", _daily, evening.takes(("J04AB02", 5, None))),
    Case("weak-kidneys", _daily, evening.healthy_but(filtration_ml_per_minute=24)),
    Case("breathing-disease", _any_daily, evening.healthy_but(breathing_disease=True)),
    Case("no-locked-box", _weekly_today, evening.found(locked_box=False)),
    Case("right-elsewhere", _daily, stays.in_hospital),
)
BY_NAME = {case.name: case for case in CASES}


def assign(people: Iterable[Person], until: date) -> None:
    """Choose a person for each case, as many as the size of the load bears."""
    free = [person for person in people if person.active]
    for number, case in enumerate(CASES[: (len(free)) // ONE_IN]):
        turn = number % len(case.units)
        for unit_id in case.units[turn:] + case.units[:turn]:
            suited = [p for p in free if p.home == unit_id and case.suits(p, until)]
            if suited:
                _give(case, suited[0])
                free.remove(suited[0])
                break


def _give(case: Case, person: Person) -> None:
    person.shows = case.name
    person.active = not case.fresh
    for name, value in case.start.items():
        setattr(person, name, value)


def comes_late(person: Person) -> bool:
    """Whether the last dose of history is swallowed in the afternoon."""
    return person.shows is not None and BY_NAME[person.shows].late


def absent_from(person: Person, until: date) -> date | None:
    """From which day on the person stays away to show it."""
    if person.shows is None or not BY_NAME[person.shows].absent_days:
        return None
    return until - BY_NAME[person.shows].absent_days * _DAY


def is_fresh(person: Person) -> bool:
    """Whether the person comes into treatment only on the last evening."""
    return person.shows is not None and BY_NAME[person.shows].fresh


def last_evening(clinic: Clinic, people: list[Person]) -> None:
    """After the last hand-out of history: what the cases need, and fresh bottles."""
    on = clinic.frame.until - _DAY
    at = local_moment(on, time(17, 20))
    for person in people:
        case = BY_NAME.get(person.shows or "")
        if case is not None and case.act is not None:
            at += timedelta(seconds=9)
            case.act(clinic, person, Decider(person.home, clinic.doctor(person.home), on, at))
    evening.close_for_a_course(clinic, on)
    _make_ready(clinic, people, on)


def _make_ready(clinic: Clinic, people: list[Person], on: date) -> None:
    """Every counter gets an open bottle of each preparation that its people may need.

    One counter alone could serve the whole unit from its reservoirs: a demonstration has one nurse.
    """
    packages = max(_LEAST_PACKAGES, len(people) // 5)
    for place in clinic.places:
        codes = {
            one.prescription.product.code
            for one in people
            if one.prescription is not None and place.unit_id in (one.home, one.holder)
        }
        at = local_moment(on, max(place.closes, time(18, 0)))
        by = clinic.one_of(place.unit_id, "nurse")
        for counter, cupboard in enumerate(clinic.cupboards[place.unit_id]):
            usual = [p.product.code for p in PREPARATIONS if p.product.code in codes]
            if counter != place.counters - 1:
                usual = [code for code in usual if code != STRONG_MIXTURE]
            cupboard.make_ready(usual, packages, by, on, at)
        clinic.storerooms[place.unit_id].end()
