"""The patient's slip as it is now: the doses at home, the next day to come, numbers of the book."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from dispensing.counter import home_doses
from dispensing.counter.home_doses import IN_HAND, doses_from
from dispensing.counter.loading import Desk, load_desk
from dispensing.counter.plan import only_here, ordered_parts, pair_holds, supervised_today
from dispensing.errors import CannotDecide, Conflict
from dispensing.labels.dosage_text import HomeDose, Language, Preparation
from dispensing.labels.fitting import DoesNotFit
from dispensing.labels.slip import Slip, slip_pdf
from dispensing.looks import record_look
from dispensing.wiring import Wiring
from dosing_rules import Patient, RuleBook, Severity

LONGEST_AHEAD = 60
UNIT = """
SELECT u.name, u.phone, u.opens, u.closes, h.seq, left(encode(h.hash, 'hex'), 16) FROM person p
JOIN unit u ON u.unit_id = coalesce(p.right_holder_unit_id, p.unit_id)
JOIN ledger_head h ON h.chain_id = u.clinical_chain
WHERE p.person_id = %(person_id)s
"""


async def patient_slip(wiring: Wiring, token: str, person_id: int, language: Language) -> bytes:
    """The slip as PDF. Nurses and doctors of the person's unit; raises NotFound for others.

    Raises Conflict where the text has no room, and where a merge found two records' doses of one
    day at home: no paper tells somebody to take both.
    """
    async with wiring.pool.connection() as connection:
        actor, desk, more = await load_desk(
            connection,
            token,
            wiring.limits,
            person_id=person_id,
            lock=False,
            and_also=((UNIT, {"person_id": person_id}), (IN_HAND, {"person_id": person_id})),
        )
        actor.must_be("nurse", "doctor")
        await record_look(wiring, connection, actor, person_id, "slip")
        await connection.commit()
    if desk.book_id is None or more[0] is None:
        raise CannotDecide("no rule book is in force for this unit")
    carried = [dose for dose in doses_from(more[1][0]) if dose.in_hand]
    if len({(dose.for_on, dose.handed_part) for dose in carried}) < len(carried):
        raise Conflict("two doses for one day are at home", slug="two-doses-of-one-day")
    try:
        slip = _slip(desk, carried, more[0], wiring.book(desk.book_id))
        return slip_pdf(slip, language)
    except DoesNotFit as error:
        raise Conflict(str(error), slug="slip-does-not-fit") from error


def _slip(
    desk: Desk, carried: Sequence[home_doses.HomeDose], unit: tuple[Any, ...], book: RuleBook
) -> Slip:
    name, phone, opens, closes, entries, digest = unit
    assert isinstance(opens, time) and isinstance(closes, time)
    order = desk.patient.prescription
    days, confirmed = _absence(order.product.substance, book) if order else (None, True)
    beside = desk.patient.beside
    if beside is not None and beside.prescription is not None:
        # What lies at home is of the night's order; of the days without the fewer are told.
        order = beside.prescription
        nights, sure = _absence(order.product.substance, book)
        if nights is not None and (days is None or nights < days):
            days, confirmed = nights, sure
    preparation = None
    if order is not None:
        of = order.product
        preparation = Preparation(of.form, of.strength_ug, of.per, book.measurable_step_ul)
    return Slip(
        unit_name=name,
        phone=phone,
        opens=opens,
        closes=closes,
        next_on=next_visit(desk.patient, desk.on),
        doses=_at_home(desk, carried),
        preparation=preparation,
        absence_days=days,
        absence_confirmed=confirmed,
        ledger=(entries, digest),
    )


def _at_home(desk: Desk, carried: Sequence[home_doses.HomeDose]) -> tuple[HomeDose, ...]:
    """What the person has, and what is poured for them now; not what was lost or came back."""
    order = desk.patient.prescription
    parts = len(order.parts_ug) if order and desk.patient.beside is None else 1
    poured = [
        HomeDose(claim.for_on, claim.amount_ug, claim.part, parts)
        for claim in desk.patient.claims or ()
        if claim.how == "take_home" and claim.for_on >= desk.on and claim.state == "reserved"
    ]
    had = [HomeDose(dose.for_on, dose.amount_ug, dose.handed_part, parts) for dose in carried]
    return tuple(had + poured)


def next_visit(patient: Patient, on: date) -> date | None:
    """The next day the person is expected: open, planned, and not covered by a dose at home.

    None without an order, or where none comes within sixty days.
    """
    days = [_next_visit(patient, on)]
    if patient.beside is not None:
        days.append(_next_visit(patient.for_night(), on))
    return min([day for day in days if day is not None], default=None)


def _next_visit(patient: Patient, on: date) -> date | None:
    order, arrangement = patient.prescription, patient.arrangement
    if order is None or (order.night and not pair_holds(patient, on)):
        return None
    closed = patient.unit.closed_on if patient.unit is not None else frozenset[date]()
    at_home = {
        claim.for_on
        for claims in patient.claims_by_day.values()
        for claim in claims
        if claim.how == "take_home"
    }
    home = arrangement is not None and bool(arrangement.self_administration)
    home = home and not only_here(order)
    pickup = (arrangement.pickup_weekdays if arrangement else None) or frozenset[int]()
    for ahead in range(1, LONGEST_AHEAD + 1):
        day = on + timedelta(days=ahead)
        # A day whose dose is at home is no visit, unless it is swallowed here all the same.
        if day in closed or day in at_home or not ordered_parts(order, day):
            continue
        if not home or day.isoweekday() in pickup or supervised_today(patient, day):
            return day
    return None


def _absence(substance: str, book: RuleBook) -> tuple[int | None, bool]:
    """After how many days without the doctor must be asked, and whether somebody confirmed it."""
    bands = [
        band
        for rows in book.missed.get(substance, ())
        for band in rows
        if not band.titration and band.severity >= Severity.DOCTOR
    ]
    if not bands:
        return None, True
    first = min(bands, key=lambda band: band.days)
    return first.days, all(book.limits[name].confirmed for name in first.limits)
