"""What to do about a person whose doses meet closed days. Pure: the plan proposes, the rules judge.

The doses of the closed days go home from the last visit before them, by an exception a doctor
decides, with exact days; at the first open day the person comes again, and from the day after the
old arrangement holds as before. What the rules say of that hand-out is asked of
``check_dispensing``, never worked out here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from dispensing.clock import HOME_ZONE
from dispensing.counter.planned_days import (
    DAY,
    NOBODYS_GUEST,
    Decided,
    Visit,
    arrangement_on,
    walk,
    without_plan,
)
from dosing_rules import (
    Arrangement,
    DoseAsked,
    Patient,
    Severity,
    TakeHomeException,
    Unit,
    Verdict,
)
from dosing_rules.depots import due_on as depot_due_on

# So long before a closure the plan is run: every weekly pick-up lies in it.
RUN_UP = timedelta(days=14)
# And so long after it, until the old arrangement holds again.
RUN_OUT = timedelta(days=9)
# No supply reaches further.
LONGEST_AHEAD = timedelta(days=35)

Proposal = Literal["planned", "home", "extended", "call"]
#: Asks the rules what they say of a visit.
Ask = Callable[[Visit], Verdict]


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed days in a row. ``opens_on`` is the first open day after them."""

    first: date
    last: date

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(self.first + DAY * ahead for ahead in range((self.last - self.first).days + 1))

    @property
    def opens_on(self) -> date:
        """The first open day after it."""
        return self.last + DAY


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules say of one visit."""

    visit: Visit
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Look:
    """A person before a closure: what is planned, what it lacks, what is proposed.

    ``now`` is the visit that should cover the closed days under today's arrangement, as the rules
    see it; ``then`` the same visit, and the first one afterwards, once ``decided`` holds.
    ``days_home`` is how many days the person would carry home.
    """

    proposal: Proposal
    lacking: tuple[date, ...]
    pickup_on: date | None
    days_home: int
    now: Asked | None
    then: tuple[Asked, ...]
    decided: Decided


def closures(closed_on: Iterable[date]) -> tuple[Closure, ...]:
    """The closed days as runs, in order."""
    runs: list[Closure] = []
    for day in sorted(closed_on):
        if runs and runs[-1].last + DAY == day:
            runs[-1] = Closure(runs[-1].first, day)
        else:
            runs.append(Closure(day, day))
    return tuple(runs)


def look(
    patient: Patient,
    decided: Decided,
    closure: Closure,
    closed_on: frozenset[date],
    first: date,
    own_limit_days: int,
    ask: Ask,
    zone: str = HOME_ZONE,
    guest_on: Mapping[date, Unit] = NOBODYS_GUEST,
) -> Look | None:
    """The person before the closure; None for one whose doses it does not touch.

    ``first`` is the day the plan is run from (today, or ``RUN_UP`` before the closure), ``patient``
    the facts of that day; ``own_limit_days`` the rule book's days at home. ``guest_on`` are days
    on which a doctor sends the person to another unit.
    """
    visits = walk(patient, decided, first, closure.last + RUN_OUT, closed_on, zone, guest_on)
    lacking = without_plan(patient, visits, closure.days)
    covering = [visit for visit in visits if _touches(visit, closure)]
    if not lacking and not covering:
        return _depot(patient, visits, closure, ask)
    before = [visit for visit in visits if visit.on < closure.first]
    last_visit = (covering or before)[-1] if covering or before else None
    if last_visit is None:
        return Look("call", lacking, None, 0, None, (), ())
    now = Asked(last_visit, ask(_home_asked(last_visit, patient, closure, lacking)))
    usual = _of_the_day(last_visit, ask)
    if not lacking and not _stops(now, usual):
        return Look("planned", (), last_visit.on, _days_home(last_visit), now, (), ())
    return _propose(
        patient,
        decided,
        closure,
        closed_on,
        first,
        own_limit_days,
        ask,
        zone,
        guest_on,
        now,
        lacking,
        usual,
    )


def _propose(
    patient: Patient,
    decided: Decided,
    closure: Closure,
    closed_on: frozenset[date],
    first: date,
    own_limit_days: int,
    ask: Ask,
    zone: str,
    guest_on: Mapping[date, Unit],
    now: Asked,
    lacking: tuple[date, ...],
    usual: frozenset[str],
) -> Look:
    usual_on, last_open_on = now.visit.on, closure.first - DAY
    while last_open_on in closed_on and last_open_on > usual_on:
        last_open_on -= DAY
    tried: list[Look] = []
    for pickup_on in dict.fromkeys((usual_on, last_open_on)):
        added = home_decisions(decided, closure, closed_on, pickup_on, usual_on)
        if added is None:
            continue
        last = closure.last + RUN_OUT
        visits = walk(patient, decided + added, first, last, closed_on, zone, guest_on)
        still = without_plan(patient, visits, closure.days)
        main = [visit for visit in visits if _touches(visit, closure)]
        after = [visit for visit in visits if visit.on >= closure.opens_on][:1]
        then = tuple(Asked(visit, ask(visit)) for visit in [*main, *after])
        # The visit afterwards is shown; where another closure makes it long, that one is looked at.
        if still or not main or any(_stops(one, usual) for one in then[: len(main)]):
            tried.append(Look("call", lacking, None, 0, now, then, ()))
            continue
        days_home = max(_days_home(visit) for visit in main)
        proposal: Proposal = "home" if days_home <= own_limit_days else "extended"
        tried.append(Look(proposal, lacking, main[0].on, days_home, now, then, added))
    # Within the limit first, then the fewer days at home; the usual day where both are the same.
    order = {"home": 0, "extended": 1, "call": 2}
    tried.sort(key=lambda one: (order[one.proposal], one.days_home))
    return tried[0] if tried else Look("call", lacking, None, 0, now, (), ())


def home_decisions(
    decided: Decided,
    closure: Closure,
    closed_on: frozenset[date],
    pickup_on: date,
    usual_on: date,
) -> Decided | None:
    """The further arrangements by which the closed days' doses go home on ``pickup_on``.

    Where that is a later day than the last usual visit, ``usual_on``, the supply of the usual visit
    reaches only until then.

    None where no arrangement is in force, or an exception already covers the closure: that is the
    doctor's to undo. One for an earlier closure is made longer: nobody comes between the two.
    What had been decided for later days is said again: of all that has begun the last one counts.
    """
    base = arrangement_on(decided, pickup_on)
    if base is None or _excepted(base, closure.last):
        return None
    opens_on = closure.opens_on
    exception = TakeHomeException((closure.last - pickup_on).days, pickup_on, closure.last)
    supervised = base.supervised_weekdays or frozenset()
    if base.self_administration is not True:
        supervised |= {pickup_on.isoweekday()}
    picked = (base.pickup_weekdays or frozenset()) | {pickup_on.isoweekday()}
    home = replace(
        base,
        self_administration=True,
        supervised_weekdays=supervised,
        pickup_weekdays=picked,
        exception=exception,
    )
    added = [(pickup_on, home)]
    if usual_on < pickup_on:
        before = arrangement_on(decided, usual_on)
        if before is None or before.self_administration is not True:
            return None
        if _excepted(before, usual_on):
            return None
        shorter = (before.pickup_weekdays or frozenset()) | {pickup_on.isoweekday()}
        added.insert(0, (usual_on, replace(before, pickup_weekdays=shorter)))
        home = replace(home, supervised_weekdays=supervised | {pickup_on.isoweekday()})
        added[-1] = (pickup_on, home)
    again = arrangement_on(decided, opens_on)
    assert again is not None
    weekday = opens_on.isoweekday()
    comes = again.pickup_weekdays or frozenset()
    home_again = again.self_administration is True and not _excepted(again, opens_on)
    if home_again and weekday not in comes:
        # The first open day is no usual pick-up day of the person; until the next one it is.
        once = replace(
            again,
            pickup_weekdays=comes | {weekday},
            supervised_weekdays=(again.supervised_weekdays or frozenset()) | {weekday},
        )
        added.append((opens_on, once))
        usual_from = _next_pickup(decided, again, opens_on, closed_on)
        usual = arrangement_on(decided, usual_from)
        assert usual is not None
        added.append((usual_from, usual))
    else:
        added.append((opens_on, again))
    last = added[-1][0]
    later = sorted({begins for begins, _ in decided if begins > last})
    for begins in later:
        planned = arrangement_on(decided, begins)
        assert planned is not None
        added.append((begins, planned))
    return tuple(added)


def _next_pickup(
    decided: Decided, usual: Arrangement, after: date, closed_on: frozenset[date]
) -> date:
    """The next open usual pick-up day, or the day another arrangement begins."""
    begins = {begins for begins, _ in decided}
    day = after + DAY
    while day <= after + LONGEST_AHEAD and day not in begins:
        if day.isoweekday() in (usual.pickup_weekdays or ()) and day not in closed_on:
            break
        day += DAY
    return day


def _excepted(arrangement: Arrangement, day: date) -> bool:
    """Whether an exception holds on the day; one that is over, or to come, is in nobody's way."""
    exception = arrangement.exception
    return exception is not None and exception.from_on <= day <= exception.until_on


def _of_the_day(visit: Visit, ask: Ask) -> frozenset[str]:
    """The rules that object to that day's own dose already: they are no matter of the closure."""
    doses = tuple(dose for dose in visit.doses if dose.for_on == visit.on)
    if not doses:
        return frozenset()
    return frozenset(finding.rule_id for finding in ask(replace(visit, doses=doses)).findings)


def _stops(asked: Asked, usual: frozenset[str]) -> bool:
    return any(
        finding.severity >= Severity.DOCTOR and finding.rule_id not in usual
        for finding in asked.verdict.findings
    )


def _home_asked(visit: Visit, patient: Patient, closure: Closure, lacking: Sequence[date]) -> Visit:
    """The visit with the doses that lack added to go home: whose limit would that break?"""
    order = patient.prescription
    if not lacking or order is None:
        return visit
    held = {dose.for_on for dose in visit.doses}
    more = [
        DoseAsked(day, order.parts()[0], order.day_ug(day), "take_home")
        for day in closure.days
        if day in lacking and day not in held
    ]
    return replace(visit, doses=(*visit.doses, *more))


def _touches(visit: Visit, closure: Closure) -> bool:
    return any(closure.first <= dose.for_on <= closure.last for dose in visit.doses)


def _days_home(visit: Visit) -> int:
    return len({dose.for_on for dose in visit.doses if dose.how == "take_home"})


def _depot(patient: Patient, visits: Sequence[Visit], closure: Closure, ask: Ask) -> Look | None:
    """A depot that falls due on a closed day is given when the unit opens, if the rules agree."""
    order = patient.prescription
    if order is None or order.depot_interval_days is None:
        return None
    had_on = [visit.on for visit in visits if visit.on < closure.first][-1:]
    interval = timedelta(days=order.depot_interval_days)
    due_on = had_on[0] + interval if had_on else depot_due_on(patient)
    if due_on is None:
        return None
    if not closure.first <= due_on <= closure.last:
        return None
    late = next((visit for visit in visits if visit.on >= closure.opens_on), None)
    if late is None:
        return Look("call", (due_on,), None, 0, None, (), ())
    said = Asked(late, ask(late))
    fine = said.verdict.severity < Severity.DOCTOR
    return Look("planned" if fine else "call", (due_on,), None, 0, said, (), ())
