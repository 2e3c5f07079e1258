"""The rows of an emergency list: who may be given what from paper, and who may not and why.

Pure. A row is frozen when the list is made; what is printed is what is kept. Only people whose
right to dispense lies here may be given from paper, only the planned dose of the list's day and
home doses until the next opening day, and never where the rules say stop or ask a doctor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from dispensing.counter.decide import decide
from dispensing.counter.loading import DoctorDecision
from dispensing.counter.plan import pair_holds, planned_doses
from dispensing.counter.today import planned_request
from dispensing.downtime.codes import row_check
from dispensing.web.formats import drawn_up, milligrams, pieces
from dispensing.web.wording import finding_text
from dosing_rules import DoseAsked, Finding, Patient, RuleBook, Severity, check_dispensing
from dosing_rules.facts import OUTSIDE

# The paper is Danish whoever prints it.
PAPER = "da"
OUTSIDE_NAME = "et sted uden for enhederne (hospital, fængsel eller lignende)"
DoseLine = tuple[date, int, int, str]
Why = Literal["", "right-elsewhere", "had-today", "nothing-due", "doctor", "stop", "no-book"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A person of the unit as loaded for a list."""

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    product_name: str | None
    patient: Patient
    decisions: tuple[DoctorDecision, ...]
    book: RuleBook | None
    # The unit whose person comes as a guest that day.
    guest_of: int | None = None
    # The preparation of the dose for the night, where one is ordered beside injections.
    night_name: str | None = None


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One row as printed. ``doses`` are (day, part, micrograms, how); texts are Danish.

    ``why`` is empty where the dose may be given from paper. ``signs`` are what to look out for,
    ``way_on`` what to do where nothing is given from paper.
    """

    row_no: int
    check_digit: int
    person_id: int
    name: str
    born_on: date
    right_here: bool
    why: Why
    product_code: str | None
    product: str
    strength: str
    prescription: tuple[int, int] | None
    doses: tuple[DoseLine, ...]
    volume: str
    last_at: datetime | None
    last_ug: int | None
    signs: tuple[str, ...]
    way_on: str
    # Of the dose for the night, beside injections: the person has a row of each.
    night: bool = False

    @property
    def may_give(self) -> bool:
        return not self.why

    @property
    def supervised_ug(self) -> int:
        return sum(dose[2] for dose in self.doses if dose[3] == "supervised")


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where and for when a list is made; ``units`` names other places with their telephone."""

    unit_id: int
    on: date
    at: datetime
    zone: str
    units: Mapping[int, str]


def paper_rows(serial: int, place: ListPlace, people: Iterable[Listed]) -> tuple[PaperRow, ...]:
    """The rows in the order of names, numbered: those to give from paper first.

    Whoever gets a dose for the night beside injections has a row for each of the two.
    """
    rows = [_row(place, line) for one in people for line in _lines(place, one)]
    rows.sort(key=lambda row: (not row.may_give, row.name, row.person_id))
    return tuple(
        replace(row, row_no=number, check_digit=row_check(serial, number))
        for number, row in enumerate(rows, start=1)
    )


def _lines(place: ListPlace, one: Listed) -> tuple[Listed, ...]:
    """The person as each of the orders asks."""
    by_day = replace(one, decisions=_of(one.decisions, night=False))
    at_night = one.patient.for_night()
    if at_night.prescription is None or not pair_holds(at_night, place.on):
        return (by_day,)
    name = f"TIL NATTEN: {one.night_name or ''}"
    decisions = _of(one.decisions, night=True)
    return by_day, replace(one, patient=at_night, product_name=name, decisions=decisions)


def _of(decisions: tuple[DoctorDecision, ...], *, night: bool) -> tuple[DoctorDecision, ...]:
    """What was decided of one of the two orders; a no holds for both."""
    return tuple(one for one in decisions if not one.allow or one.night is night)


def paper_doses(patient: Patient, on: date) -> tuple[DoseAsked, ...]:
    """Today's planned part, and home doses for the days before the unit opens again."""
    closed = patient.unit.closed_on if patient.unit is not None else frozenset[date]()
    opens = on + timedelta(days=1)
    while opens in closed:
        opens += timedelta(days=1)
    return tuple(dose for dose in planned_doses(patient, on) if dose.for_on < opens)


def _row(place: ListPlace, one: Listed) -> PaperRow:
    patient = one.patient
    prescription = patient.prescription
    doses = paper_doses(patient, place.on)
    why, signs, way_on = _may_give(place, one, doses)
    product = prescription.product if prescription is not None else None
    return PaperRow(
        row_no=0,
        check_digit=0,
        person_id=one.person_id,
        name=f"{one.family_name}, {one.given_name}",
        born_on=one.born_on,
        right_here=patient.right_holder_unit_id == place.unit_id,
        why=why,
        product_code=product.code if product is not None else None,
        product=one.product_name or "",
        strength=_strength(product.strength_ug, product.per) if product is not None else "",
        prescription=(prescription.prescription_id, prescription.version) if prescription else None,
        doses=tuple((d.for_on, d.part, d.amount_ug, d.how) for d in doses) if not why else (),
        volume=_volume(one, doses) if not why else "",
        last_at=patient.last_swallowed_at,
        last_ug=patient.last_swallowed_ug,
        signs=signs,
        way_on=way_on,
        night=prescription is not None and prescription.night,
    )


def _strength(strength_ug: int, per: str) -> str:
    return milligrams(strength_ug, PAPER) + ("/ml" if per == "ml" else "")


def _volume(one: Listed, doses: Iterable[DoseAsked]) -> str:
    """What to draw up (or how many tablets) of one dose, in the ordered strength."""
    prescription, first = one.patient.prescription, next(iter(doses), None)
    if prescription is None or one.book is None or first is None:
        return ""
    product = prescription.product
    if product.per == "ml":
        step_ul = one.book.measurable_step_ul
        return drawn_up(first.amount_ug, product.strength_ug, step_ul, PAPER)
    return f"{pieces(first.amount_ug, product.strength_ug, PAPER)} stk."


def _may_give(
    place: ListPlace, one: Listed, doses: tuple[DoseAsked, ...]
) -> tuple[Why, tuple[str, ...], str]:
    """Why not from paper (empty: it may be), what to look out for, and the way on."""
    patient = one.patient
    holder = patient.right_holder_unit_id
    if holder != place.unit_id:
        name = "ukendt sted"
        if holder is not None:
            name = OUTSIDE_NAME if holder == OUTSIDE else place.units.get(holder, name)
        return "right-elsewhere", (f"Retten ligger: {name}",), "Giv intet her. Henvis dertil."
    if one.book is None:
        return "no-book", ("Ingen regelbog for enheden",), "Ring lægen."
    if not doses:
        return _nothing_due(place, patient)
    request = replace(
        planned_request(patient, at=place.at, on=place.on, unit_id=place.unit_id), doses=doses
    )
    verdict = check_dispensing(request, patient, one.book)
    taken_ug = patient.claimed_ug(place.on)
    decided = decide(request, verdict, (), one.decisions, 0, taken_ug)
    blocking = [found for found in decided.blocking if found.severity >= Severity.DOCTOR]
    if blocking:
        first = finding_text(blocking[0], PAPER, units=place.units, zone=place.zone)
        lines = tuple(_line(found, place) for found in blocking[:2])
        why: Why = "stop" if blocking[0].severity is Severity.STOP else "doctor"
        # The doctor is not at a screen: a telephone is the way on.
        told = "" if blocking[0].way_on == "doctor-decision" else f" {first.way_on_text}"
        return why, lines, f"Ring lægen.{told}"
    asked = [f"Skriv hvorfor: {_line(found, place)}" for found in decided.blocking[:2]]
    comes = [f"GÆST fra {place.units.get(one.guest_of, '')}"] if one.guest_of else []
    return "", tuple(comes + _flags(place, patient) + asked), ""


def _nothing_due(place: ListPlace, patient: Patient) -> tuple[Why, tuple[str, ...], str]:
    had = [claim for claim in patient.claims_on(place.on) if claim.state == "given"]
    if any(claim.how == "supervised" for claim in had):
        return "had-today", ("Har fået dagens dosis",), "Giv intet mere i dag."
    if had:
        return "had-today", ("Har dagens dosis hjemme",), "Giv intet mere i dag."
    return "nothing-due", ("Intet planlagt den dag",), "Ring lægen."


def _line(finding: Finding, place: ListPlace) -> str:
    return finding_text(finding, PAPER, units=place.units, zone=place.zone).line


def _flags(place: ListPlace, patient: Patient) -> list[str]:
    """What a nurse must know before pouring, in the fewest words."""
    flags: list[str] = []
    order, beside = patient.prescription, patient.beside
    if order is not None and beside is not None and beside.prescription is not None:
        flags.append("Har også injektioner" if order.night else "Har også metadon til natten")
    covered = patient.last_covered_on
    missed = (place.on - covered).days - 1 if covered is not None else None
    if missed is None:
        flags.append("Ny, eller sidste dosis ukendt")
    elif missed > 0:
        flags.append(f"{missed} {'dag' if missed == 1 else 'dage'} uden dosis")
    sedatives = patient.sedatives
    if sedatives is None:
        flags.append("Benzodiazepin: ikke oplyst")
    elif sedatives.diazepam_high_ug:
        flags.append("Benzodiazepin")
    if patient.pregnant:
        flags.append("Gravid")
    if patient.indkald is not None and place.on in patient.indkald.days:
        flags.append("Indkald: observeres bagefter")
    return flags
