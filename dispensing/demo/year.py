"""A year in a group of places, day by day: decisions in the morning, hand-outs, closing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from dispensing.counter import entries
from dispensing.demo import decisions, indkald, nights, treating
from dispensing.demo.cases import absent_from, comes_late
from dispensing.demo.catalogue import BY_ID, STRONG_MIXTURE, Place
from dispensing.demo.clinic import Clinic, local_moment
from dispensing.demo.courses import lay_out, weekday_of
from dispensing.demo.decisions import Decider
from dispensing.demo.fates import CHANCES, befall, draw_fate
from dispensing.demo.handout import INTERVAL_DAYS, hand_out, leave_uncertain
from dispensing.demo.mornings import carry_out
from dispensing.demo.state import Person, Visit
from dosing_rules.ordered import of_the_night

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MORNING = timedelta(minutes=235)
_LAST_MORNING = timedelta(minutes=30)
_TWICE = timedelta(minutes=40)
_EVENING_FROM = time(16, 10)
_LATE = time(16, 55)
_BEFORE_OPENING = timedelta(minutes=110)
_LONG_ABSENCE = 0.04
_AFFECTED = 0.0015
#: Below this share a visit is looked at more closely.
_UNUSUAL = _AFFECTED + sum(CHANCES.values())
FLUSH_DAYS = 14


def run_year(
    clinic: Clinic,
    people: list[Person],
    last_evening: Callable[[Clinic, list[Person]], None],
) -> Iterator[int]:
    """Simulate every day; yields the number of days done since the last yield, to take the rows."""
    done = 0
    for on in clinic.days():
        if on == clinic.frame.start:
            _begin(clinic, people, on)
        _morning(clinic, people, on)
        # Who is expected where, before anyone moves: a right that moves at closing moves tomorrow.
        due = {place.unit_id: list[Person]() for place in clinic.places}
        for person in people:
            if clinic.is_open(person.holder, on) and is_due(clinic, person, on):
                due[person.holder].append(person)
        for place in clinic.places:
            if clinic.is_open(place.unit_id, on):
                _open_day(clinic, place, due[place.unit_id], people, on)
        if on + _DAY == clinic.frame.until:
            last_evening(clinic, people)
        clinic.seal()
        for person in people:
            person.vomits = []
        done += 1
        if done == FLUSH_DAYS:
            for person in people:
                person.forget_before(on)
                person.settle_days(clinic.rows.lines["person_day"], on)
            yield done
            done = 0
    for person in people:
        person.settle_days(clinic.rows.lines["person_day"])
        decisions.last_rows(clinic, person)
    yield done


def _begin(clinic: Clinic, people: list[Person], on: date) -> None:
    """Everyone already in treatment is taken over with what is in force."""
    for person in people:
        lay_out(clinic, person)
    at = {p.unit_id: _opening(p, on) - _BEFORE_OPENING for p in clinic.places}
    for person in people:
        if not person.active:
            continue
        home = person.home
        at[home] += timedelta(milliseconds=500)
        by = Decider(home, clinic.doctor(home), on, at[home])
        decisions.enrol(clinic, person, by)
        order = decisions.usual_order(person, person.signed_since or on)
        decisions.sign(clinic, person, by.later(1), order)
        arrangement = decisions.usual_arrangement(person, weekday_of(person))
        decisions.arrange(clinic, person, by.later(2), arrangement)
        decisions.record_care(clinic, person, by.later(3), first_care(person))
        nights.begin(clinic, person, by.later(4))
        treating.taken_over(clinic, person, by.later(5))


def first_care(person: Person) -> dict[str, object]:
    """Everything recorded about a person, for the first entry."""
    care = person.care
    return {name: getattr(care, name) for name in care.__slots__}


def _morning(clinic: Clinic, people: list[Person], on: date) -> None:
    """What was planned for today; on a closed day it waits for the next open one."""
    at: dict[int, datetime] = {}
    for person in people:
        plans = person.plans.pop(on, None) or _for_holidays(clinic, person, on)
        if not plans:
            _run_indkald(clinic, person, on)
            continue
        home = person.home
        if not clinic.is_open(home, on):
            person.plans.setdefault(on + _DAY, [])[:0] = plans
            continue
        if home not in at:
            at[home] = _opening(BY_ID[home], on) - timedelta(minutes=50)
        for kind, value in plans:
            at[home] += timedelta(seconds=5)
            by = Decider(home, clinic.doctor(home), on, at[home])
            carry_out(clinic, person, by, kind, value)
        _run_indkald(clinic, person, on)


def _for_holidays(clinic: Clinic, person: Person, on: date) -> list[tuple[str, object]] | None:
    """On the pick-up day before a closed one: the supply must reach further."""
    arrangement = person.arrangement
    if person.style not in ("weekly", "pharmacy") or arrangement is None or not person.active:
        return None
    if on.isoweekday() not in (arrangement.pickup_weekdays or ()) or not is_due(clinic, person, on):
        return None
    if not arrangement.self_administration or clinic.is_open(person.holder, on + _WEEK):
        return None
    exception = arrangement.exception
    if exception is not None and exception.from_on <= on <= exception.until_on:
        return None
    next_on = on + 2 * _WEEK
    while not clinic.is_open(person.holder, next_on):
        next_on += _WEEK
    return [("holiday", next_on - _DAY)]


def _run_indkald(clinic: Clinic, person: Person, on: date) -> None:
    """Start a period on its first day and end it after its last."""
    period = person.running
    if period is None:
        period = next((one for one in person.periods if on in one.days), None)
        if period is None or period.state != "planned":
            return
        at = _opening(BY_ID[person.home], on) - timedelta(minutes=10)
        by = Decider(person.home, clinic.doctor(person.home), on, at)
        person.running = period
        decisions.change_indkald(clinic, person, by, period, "running")
        if person.holder != person.home:
            decisions.move_right(clinic, person, by.later(1), person.home)


def is_due(clinic: Clinic, person: Person, on: date) -> bool:
    """Whether the person is expected at the right's holder on an open day."""
    arrangement, order = person.arrangement, person.prescription
    if not person.active or arrangement is None or order is None:
        return False
    if person.running is not None and on in person.running.days:
        return not person.claimed(on)
    covered = person.covered_through
    if covered is not None and covered >= on:
        return False
    if on.isoweekday() in (arrangement.pickup_weekdays or ()):
        return order.day_ug(on) > 0
    late = covered is not None and covered < on - _DAY
    return bool(arrangement.self_administration) and late


def _open_day(
    clinic: Clinic, place: Place, due: list[Person], people: list[Person], on: date
) -> None:
    unit_id, chance = place.unit_id, clinic.chance
    chance.shuffle(due)
    opens = _opening(place, on)
    _count_stock(clinic, place, "start", on, opens - timedelta(minutes=25))
    absent = [one for one in due if _stays_away(clinic, one, on)]
    away = {one.person_id for one in absent}
    coming = [one for one in due if one.person_id not in away]
    # Who comes twice comes first, and in the afternoon in the same order at the same pace: so the
    # interval between the parts is the same for all of them.
    twice = [one for one in coming if _parts(one) > 1]
    once = [one for one in coming if _parts(one) < 2]
    first = opens + timedelta(minutes=1)
    missed = absent + _serve(clinic, place, twice, on, first, _TWICE)
    rest_from = first + _TWICE / 2 if twice else first
    # The last morning is a busy one: by the next, the interval has passed at any early hour.
    length = _LAST_MORNING if on + _DAY == clinic.frame.until else _MORNING - _TWICE
    missed += _serve(clinic, place, once, on, rest_from, length)
    _serve_second(clinic, place, twice, on)
    closes = local_moment(on, place.closes)
    closer = clinic.one_of(unit_id, "nurse")
    for number, person in enumerate(missed):
        at = closes + timedelta(seconds=number)
        _miss(clinic, person, place, closer, on, at)
    injecting = [one for one in people if one.night is not None and one.holder == unit_id]
    nights_missed = nights.fetch(clinic, injecting, place, on, closes) if injecting else 0
    at = closes + timedelta(minutes=12)
    for person in people:
        if person.running is not None and person.home == unit_id:
            indkald.evening(clinic, person, on, at, closer)
    count = len(missed) + nights_missed
    clinic.rows.add("day_close", unit_id, on, count, closer, at)
    entry = entries.day_closed(unit_id, closer, on, at, missed_count=count)
    clinic.note(unit_id, at, entry)
    _count_stock(clinic, place, "end", on, at + timedelta(minutes=6))


def _count_stock(clinic: Clinic, place: Place, shift: str, on: date, at: datetime) -> None:
    """Both ends of the shift: a delivery in the morning, rests away in the evening, and a count."""
    storeroom = clinic.storerooms[place.unit_id]
    if shift == "start":
        storeroom.morning(on, at - timedelta(minutes=20))
    for number, cupboard in enumerate(clinic.cupboards[place.unit_id]):
        if shift == "end":
            cupboard.clear(on, at + timedelta(seconds=20 * number))
        if cupboard.standing:
            storeroom.count(cupboard, shift, on, at + timedelta(minutes=2, seconds=20 * number))


def _parts(person: Person) -> int:
    return len(person.prescription.parts_ug) if person.prescription is not None else 0


def _serve_second(clinic: Clinic, place: Place, twice: list[Person], on: date) -> None:
    """The afternoon part; a place in the queue whose person did not come stays empty."""
    evening = local_moment(on, _EVENING_FROM)
    wanted = {one.person_id for one in twice if one.claimed(on) == 1}
    _serve(clinic, place, twice, on, evening, _TWICE, only=wanted)


def _stays_away(clinic: Clinic, person: Person, on: date) -> bool:
    if person.absent_until is not None and on <= person.absent_until:
        return True
    shown_from = absent_from(person, clinic.frame.until)
    if shown_from is not None and on >= shown_from:
        return True
    if person.running is not None or person.shows is not None:
        return False
    if clinic.chance.random() >= person.restless:
        return False
    if clinic.chance.random() < _LONG_ABSENCE:
        person.absent_until = on + timedelta(days=clinic.chance.randrange(1, 11))
    return True


def _serve(
    clinic: Clinic,
    place: Place,
    coming: list[Person],
    on: date,
    first: datetime,
    length: timedelta,
    only: set[int] | None = None,
) -> list[Person]:
    """Everyone in turn (or ``only`` some, each at the same place); returns who left without."""
    if not coming:
        return []
    chance, unit_id = clinic.chance, place.unit_id
    crew = clinic.frame.staff[unit_id]
    nurses = crew.get("nurse") or crew["pharmacist"]
    step = min(length.total_seconds() / len(coming), 300.0)
    seconds = max(1, min(45, int(step * 0.6)))
    left: list[Person] = []
    for number, person in enumerate(coming):
        if only is not None and person.person_id not in only:
            continue
        counter = _counter_for(place, person, number)
        at = first + timedelta(seconds=int(number * step))
        visit = Visit(unit_id, counter, nurses[counter % len(nurses)], on, at, seconds)
        if person.shows is not None and on + _DAY == clinic.frame.until:
            if person.shows == "outcome-uncertain":
                leave_uncertain(clinic, person, visit)
                continue
            if comes_late(person):
                visit = replace(visit, at=local_moment(on, _LATE))
        elif place.kind != "clinic" or (draw := chance.random()) >= _UNUSUAL:
            pass
        elif draw >= _AFFECTED:
            if not _befallen(clinic, person, visit, draw - _AFFECTED):
                left.append(person)
            continue
        else:
            hand_out(clinic, person, visit, affected=True)
            if chance.random() < 0.3 or _parts(person) > 1:
                left.append(person)
                continue
            later = at + timedelta(minutes=50)
            visit = Visit(unit_id, counter, visit.nurse, on, later, seconds)
        if not hand_out(clinic, person, visit):
            left.append(person)
    return left


def _befallen(clinic: Clinic, person: Person, visit: Visit, draw: float) -> bool:
    """A rare fate; by the last day of history and for part doses only the ordinary one."""
    fate = draw_fate(draw)
    rare = fate is not None and visit.on < clinic.frame.until - INTERVAL_DAYS * _DAY
    if not rare or fate is None or _parts(person) > 1:
        return hand_out(clinic, person, visit)
    return befall(clinic, person, visit, fate)


def _counter_for(place: Place, person: Person, number: int) -> int:
    """Which counter: the strong mixture stands at the last one only, the mild one at all."""
    if person.product_code == STRONG_MIXTURE:
        return place.counters - 1
    return number % place.counters


def _miss(
    clinic: Clinic, person: Person, place: Place, closer: int, on: date, at: datetime
) -> None:
    order = person.prescription
    if order is None:
        return
    had = [c for c in person.claims if c.for_on == on and not of_the_night(c.part)]
    planned_ug = order.day_ug(on) - sum(c.amount_ug for c in had)
    if planned_ug <= 0:
        return
    clinic.rows.add("missed_dose", person.person_id, on, place.unit_id, planned_ug, False)
    act = clinic.act(person, place.unit_id, closer, on, at)
    clinic.note(place.unit_id, at, entries.missed(act, planned_ug=planned_ug))


def _opening(place: Place, on: date) -> datetime:
    return local_moment(on, place.opens)
