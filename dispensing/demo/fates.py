"""What else becomes of a poured dose: returned, declined, spilled, partial, vomited, undone.

Rare, and written as the service writes it: what was poured back is a movement, what was recorded by
mistake has its mirror entry, and a doctor's extra is a decision of that day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from dispensing.counter import entries
from dispensing.counter.decide import decide
from dispensing.demo.answers import answer
from dispensing.demo.clinic import Clinic
from dispensing.demo.facts import facts_of
from dispensing.demo.handout import (
    ask,
    give_doses,
    hand_out,
    lifts_of,
    request_for,
    reserve_doses,
)
from dispensing.demo.state import Person, Visit
from dosing_rules import DoseAsked, Request, Severity, Verdict, Vomit, check_dispensing

#: Of one hand-out at a clinic's counter; together they are rare.
CHANCES = {
    "returned": 0.0004,
    "declined": 0.0005,
    "spilled": 0.0004,
    "partial": 0.0005,
    "reversed": 0.0003,
    "vomited": 0.0005,
}
_RETURNED = "Blev kaldt ud til en samtale, før dosis var taget."
_DECLINED = "Ønsker ikke dosis i dag; opfordret til at komme igen."
_SPILLED = "Glasset væltede på skranken; set af kollega."
_REVERSED = "Registreret på forkert person med næsten samme navn; glasset blev ikke udleveret."
_EXTRA = "Kastet op kort efter indtagelse, set af sygeplejersken; en del af dosis erstattes."
_COMES_BACK = 0.6
_WHOLE_UG = 1_000


def draw_fate(draw: float) -> str | None:
    """The fate that a number from 0 to 1 stands for; None for nearly all of them."""
    for fate, share in CHANCES.items():
        if draw < share:
            return fate
        draw -= share
    return None


def befall(clinic: Clinic, person: Person, visit: Visit, fate: str) -> bool:
    """A hand-out with this fate where it fits, else an ordinary one. False: left without."""
    request, verdict = ask(clinic, person, visit)
    order = person.prescription
    if order is None or not request.doses or verdict.severity > Severity.INFORM:
        return hand_out(clinic, person, visit)
    alone = len(request.doses) == 1 and request.doses[0].how == "supervised"
    liquid = order.product.form == "oral_solution"
    raised = any(step.on == visit.on for step in person.steps)
    begins = person.care.first_dose_on in (None, visit.on)
    if fate in ("partial", "vomited") and not (alone and liquid):
        return hand_out(clinic, person, visit)
    if fate == "reversed" and (raised or begins or person.running is not None):
        return hand_out(clinic, person, visit)
    return _FATES[fate](clinic, person, visit, request, verdict)


def _again(clinic: Clinic, person: Person, visit: Visit, minutes: int) -> bool:
    return hand_out(clinic, person, replace(visit, at=visit.at + timedelta(minutes=minutes)))


def _returned(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> bool:
    _not_given(clinic, person, visit, request, verdict, "returned", _RETURNED)
    return clinic.chance.random() < _COMES_BACK and _again(clinic, person, visit, 45)


def _declined(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> bool:
    _not_given(clinic, person, visit, request, verdict, "refused", _DECLINED)
    return False


def _spilled(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> bool:
    _not_given(clinic, person, visit, request, verdict, "spilled", _SPILLED)
    return _again(clinic, person, visit, 4)


def _not_given(
    clinic: Clinic,
    person: Person,
    visit: Visit,
    request: Request,
    verdict: Verdict,
    outcome: str,
    note: str,
) -> None:
    """The reservation ends without a hand-out; its days stay on the account with nothing used."""
    reservation_id = reserve_doses(clinic, person, visit, request, verdict, ())
    at = visit.at + timedelta(minutes=2)
    clinic.rows.add("resolution", reservation_id, outcome, note, visit.nurse, at)
    act = clinic.act(person, visit.unit_id, visit.nurse, visit.on, at)
    ended = entries.not_given(act, reservation_id=reservation_id, outcome=outcome, note=note)
    clinic.note(visit.unit_id, at, ended)
    if outcome == "spilled":
        clinic.storerooms[visit.unit_id].leave(reservation_id, *_poured(request))
    else:
        _pour_back(clinic, visit, reservation_id, request, "poured_back", at)
    _count(person, visit, request, 1)
    _count(person, visit, request, -1)


def _pour_back(
    clinic: Clinic, visit: Visit, reservation_id: int, request: Request, kind: str, at: object
) -> None:
    assert request.product is not None
    clinic.cupboards[visit.unit_id][visit.counter].pour_back(
        clinic.number("stock_movement"),
        request.product.code,
        sum([dose.amount_ug for dose in request.doses]),
        reservation_id,
        kind,
        visit.nurse,
        at,
    )


def _poured(request: Request) -> tuple[str, int]:
    """Product and amount of what was poured."""
    assert request.product is not None
    return request.product.code, sum([dose.amount_ug for dose in request.doses])


def _count(person: Person, visit: Visit, request: Request, sign: int) -> None:
    order = person.prescription
    assert order is not None
    for dose in request.doses:
        person.use_day(dose.for_on, order, sign * dose.amount_ug, visit.unit_id)


def _partial(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> bool:
    """Some of it stayed in the glass; what was swallowed is what counts."""
    dose = request.doses[0]
    less_ug = dose.amount_ug * clinic.chance.randrange(5, 10) // 10 // _WHOLE_UG * _WHOLE_UG
    swallowed = replace(dose, amount_ug=max(less_ug, _WHOLE_UG))
    reservation_id = reserve_doses(clinic, person, visit, request, verdict, ())
    give_doses(clinic, person, visit, reservation_id, (swallowed,), verdict)
    code, poured_ug = _poured(request)
    rest_ug = poured_ug - swallowed.amount_ug
    if rest_ug:
        clinic.storerooms[visit.unit_id].leave(reservation_id, code, rest_ug)
    return True


def _reversed(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> bool:
    """Recorded on the wrong person, undone at once; this one comes in their own time."""
    names = ("covered_through", "last_swallowed_at", "last_swallowed_ug", "last_swallowed_on")
    names += ("last_swallowed_substance", "last_depot", "last_reservation_id")
    before = {name: getattr(person, name) for name in names}
    claims, lines = list(person.claims), clinic.rows.lines["claim"]
    written = len(lines)
    reservation_id = reserve_doses(clinic, person, visit, request, verdict, ())
    give_doses(clinic, person, visit, reservation_id, request.doses, verdict)
    at = visit.at + timedelta(minutes=3)
    clinic.rows.add("reversal", reservation_id, _REVERSED, visit.nurse, at)
    act = clinic.act(person, visit.unit_id, visit.nurse, visit.on, at)
    mirror = entries.reversed_(act, reservation_id=reservation_id, reason=_REVERSED)
    clinic.note(visit.unit_id, at, mirror)
    _pour_back(clinic, visit, reservation_id, request, "reversed", at)
    del lines[written:]
    person.claims = claims
    for name, value in before.items():
        setattr(person, name, value)
    _count(person, visit, request, -1)
    return _again(clinic, person, visit, 25)


def _vomited(
    clinic: Clinic, person: Person, visit: Visit, request: Request, verdict: Verdict
) -> bool:
    """Up again soon after; the doctor replaces a part of it as a further part of the day."""
    reservation_id = reserve_doses(clinic, person, visit, request, verdict, ())
    give_doses(clinic, person, visit, reservation_id, request.doses, verdict)
    assert person.last_swallowed_at is not None
    minutes = clinic.chance.randrange(4, 15)
    happened_at = person.last_swallowed_at + timedelta(minutes=minutes)
    noted_at = happened_at + timedelta(seconds=40)
    nurse, on, unit_id = visit.nurse, visit.on, visit.unit_id
    clinic.rows.add(
        "vomit", reservation_id, person.person_id, happened_at, minutes, True, nurse, noted_at
    )
    act = clinic.act(person, unit_id, nurse, on, noted_at)
    noted = entries.vomited(
        act,
        reservation_id=reservation_id,
        happened_at=happened_at,
        minutes_after=minutes,
        witnessed=True,
    )
    clinic.note(unit_id, noted_at, noted)
    person.vomits.append(Vomit(happened_at, minutes, True))
    dose = request.doses[0]
    extra_ug = dose.amount_ug // 2 // _WHOLE_UG * _WHOLE_UG
    visit = replace(visit, at=noted_at + timedelta(minutes=2))
    _replace_part(clinic, person, visit, replace(dose, part=dose.part + 1, amount_ug=extra_ug))
    return True


def _replace_part(clinic: Clinic, person: Person, visit: Visit, dose: DoseAsked) -> None:
    """Ask the doctor for an extra, and hand it out when the rules leave nothing else open."""
    order = person.prescription
    assert order is not None
    facts = facts_of(person, visit.on, clinic.unit_facts(visit.unit_id, visit.on))
    facts = replace(facts, extra_ug_allowed_today=dose.amount_ug)
    request = request_for(person, visit, (dose,), False)
    verdict = check_dispensing(request, facts, clinic.book)
    ids = [finding.rule_id for finding in verdict.findings if finding.severity > Severity.CONFIRM]
    decision = answer(clinic, person, visit, verdict, ids, _EXTRA, extra_ug=dose.amount_ug)
    decided = decide(request, verdict, (), (decision,), visit.nurse)
    if not decided.allowed:
        return
    # Asked once more with the answer, as the counter asks when the dose is reserved.
    later = replace(visit, at=visit.at + timedelta(minutes=3))
    request = replace(request, at=later.at)
    verdict = check_dispensing(request, facts, clinic.book)
    decided = decide(request, verdict, (), (decision,), visit.nurse)
    if not decided.allowed:
        return
    lifts = lifts_of(decided)
    reservation_id = reserve_doses(clinic, person, later, request, verdict, lifts)
    extra_ug = dose.amount_ug
    give_doses(clinic, person, later, reservation_id, request.doses, verdict, extra_ug=extra_ug)


_FATES: dict[str, Callable[[Clinic, Person, Visit, Request, Verdict], bool]] = {
    "returned": _returned,
    "declined": _declined,
    "spilled": _spilled,
    "partial": _partial,
    "reversed": _reversed,
    "vomited": _vomited,
}
