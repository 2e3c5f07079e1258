"""Each kind of entry as a verb of the projection."""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec

from audit.history import payloads as told
from audit.history import payloads_elsewhere as elsewhere
from dosing_rules import Arrangement, DoseAsked, Prescription, Product, TakeHomeException
from dosing_rules.history import Held, taken_over
from dosing_rules.person_history import PersonHistory
from dosing_rules.recorded import Depot, Loss


@lru_cache(maxsize=256)
def product_of(row: told.ProductRow) -> Product:
    """A preparation from its row; the same value for the same row."""
    return Product(*row)


def _given(history: PersonHistory, entry: told.HandoutGiven) -> None:
    facts = entry.facts
    history.given(facts.reservation, facts.swallowed_at, facts.swallowed, facts.course_starts_on)


def _freed(
    history: PersonHistory, entry: told.HandoutReturned | told.HandoutDeclined | told.HandoutSpilled
) -> None:
    history.doses.freed(entry.facts.reservation)


def _uncertain(history: PersonHistory, entry: told.HandoutUncertain) -> None:
    history.doses.uncertain(entry.facts.reservation)


def _reversed(history: PersonHistory, entry: told.HandoutReversed) -> None:
    history.taken_back(entry.facts.reservation, entry.facts.indkald_day)


def _taken_over(history: PersonHistory, entry: told.DosesTakenOver) -> None:
    facts = entry.facts
    doses = [DoseAsked(*row) for row in facts.doses]
    held = Held(facts.had_at, entry.on, entry.unit_id, facts.product[1], doses)
    if facts.product[2] == "depot":
        order = history.order(entry.on)
        held.depot = Depot(
            doses[0].for_on, order.depot_interval_days if order is not None else None
        )
    taken_over(history.doses, facts.reservation, held, facts.had_at)
    if facts.holder is not None:
        for dose in doses:
            history.held_day(dose.for_on, facts.holder)


def _observation_signed(history: PersonHistory, entry: told.ObservationSigned) -> None:
    if entry.facts.indkald_day is not None:
        history.indkald_day_completed(entry.facts.indkald_day, entry.facts.next_indkald_on)


def _vomited(history: PersonHistory, entry: told.Vomited) -> None:
    facts = entry.facts
    history.vomited(facts.happened_at, facts.minutes_after, facts.witnessed)


def _brought_back(history: PersonHistory, entry: told.HomeDoseReturned) -> None:
    facts = entry.facts
    if facts.unopened:
        history.doses.brought_back(facts.reservation, facts.for_on, facts.part)


def _lost(history: PersonHistory, entry: told.HomeDoseLost) -> None:
    facts = entry.facts
    history.lost(Loss(facts.for_on, facts.verified), facts.part)


def _answered(history: PersonHistory, entry: told.QuestionAnswered) -> None:
    facts = entry.facts
    # Of a dose for the night nothing is allowed beyond its order; a "no" holds for both.
    if not (facts.allow and facts.night):
        history.doctor_decided(entry.on, facts.allow, facts.extra_ug)


def _enrolled(history: PersonHistory, entry: told.PersonEnrolled) -> None:
    if history.stays.away:
        # Of the stay that the new course ends nobody told what was had there.
        history.stays.ended(entry.on - timedelta(days=1))
    history.enrolled(entry.facts.right_holder)


def _moved(history: PersonHistory, entry: told.RightMoved) -> None:
    holder = entry.facts.right_holder
    if holder is not None:
        history.moved(holder)


def _away(history: PersonHistory, _: elsewhere.PersonAway) -> None:
    history.stays.began()


def _back(history: PersonHistory, entry: elsewhere.PersonBack) -> None:
    history.stays.ended(entry.facts.unknown_through)


def _guest_decided(history: PersonHistory, entry: elsewhere.GuestRightDecided) -> None:
    history.elsewhere.guest_decided(entry.facts.days, entry.facts.holder, entry.facts.unit)


def _guest_withdrawn(history: PersonHistory, entry: elsewhere.GuestRightWithdrawn) -> None:
    history.elsewhere.guest_withdrawn(entry.facts.days)


def _supplied(
    history: PersonHistory,
    entry: elsewhere.SupplyOrderIssued | elsewhere.SupplyOrderChanged | elsewhere.SupplyOrderEnded,
) -> None:
    facts = entry.facts
    begins, ends = (elsewhere.days_of(one) for one in (facts.begins, facts.ends))
    history.elsewhere.supplied(begins, ends, facts.holder, facts.pharmacy)


def _ended(history: PersonHistory, entry: told.PersonEnded) -> None:
    history.ended(entry.facts.ended_on)


def _prescribed(history: PersonHistory, entry: told.PrescriptionSigned) -> None:
    facts = entry.facts
    history.prescribed(
        Prescription(
            prescription_id=facts.prescription[0],
            version=facts.prescription[1],
            product=product_of(facts.product),
            daily_ug=entry.amount_ug,
            parts_ug=facts.parts_ug,
            valid_from=facts.valid_from,
            valid_to=facts.valid_to,
            weekday_ug=facts.weekday_ug,
            high_dose_reason=facts.high_dose_reason is not None,
            depot_interval_days=facts.depot_interval_days,
            night=facts.night,
        )
    )


def _stopped(history: PersonHistory, entry: told.PrescriptionStopped) -> None:
    history.order_stopped(entry.facts.version, entry.facts.from_on)


def _arranged(history: PersonHistory, entry: told.ArrangementDecided) -> None:
    facts, exception = entry.facts, entry.facts.exception
    history.arranged(
        facts.valid_from,
        Arrangement(
            facts.self_administration,
            facts.supervised_weekdays,
            facts.pickup_weekdays,
            facts.take_home_days,
            facts.thrice_weekly,
            TakeHomeException(*exception[:3]) if exception is not None else None,
        ),
    )


def _found(history: PersonHistory, entry: told.CareRecorded) -> None:
    facts = entry.facts
    values = {name: getattr(facts, name) for name in facts.__struct_fields__}
    history.found({name: value for name, value in values.items() if value is not msgspec.UNSET})


def _indkald_planned(history: PersonHistory, entry: told.IndkaldPlanned) -> None:
    history.indkald_planned(entry.facts.indkald, entry.facts.days)


def _indkald_changed(history: PersonHistory, entry: told.IndkaldChanged) -> None:
    facts = entry.facts
    history.indkald_changed(facts.indkald, facts.state, facts.completed, facts.days)


#: With which verb each kind of entry is told.
VERBS: dict[type[Any], Callable[[PersonHistory, Any], None]] = {
    told.HandoutGiven: _given,
    told.HandoutReturned: _freed,
    told.HandoutDeclined: _freed,
    told.HandoutSpilled: _freed,
    told.HandoutUncertain: _uncertain,
    told.HandoutReversed: _reversed,
    told.DosesTakenOver: _taken_over,
    told.ObservationSigned: _observation_signed,
    told.Vomited: _vomited,
    told.HomeDoseReturned: _brought_back,
    told.HomeDoseLost: _lost,
    told.QuestionAnswered: _answered,
    told.PersonEnrolled: _enrolled,
    told.RightMoved: _moved,
    elsewhere.PersonAway: _away,
    elsewhere.PersonBack: _back,
    elsewhere.GuestRightDecided: _guest_decided,
    elsewhere.GuestRightWithdrawn: _guest_withdrawn,
    elsewhere.SupplyOrderIssued: _supplied,
    elsewhere.SupplyOrderChanged: _supplied,
    elsewhere.SupplyOrderEnded: _supplied,
    told.PersonEnded: _ended,
    told.PrescriptionSigned: _prescribed,
    told.PrescriptionStopped: _stopped,
    told.ArrangementDecided: _arranged,
    told.CareRecorded: _found,
    told.IndkaldPlanned: _indkald_planned,
    told.IndkaldChanged: _indkald_changed,
}
