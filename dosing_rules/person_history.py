"""All that is recorded about one person, told in order, as the facts a check asks for.

The verbs are what happens in the service: enrolled, moved, ended, prescribed, arranged, found,
doctor decided, indkald planned, reserved, given, freed and so on. ``facts`` answers at any moment
in between with the same ``Patient`` that the counter loads from its tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from dosing_rules.arranged import begun_later
from dosing_rules.days_elsewhere import DaysElsewhere
from dosing_rules.facts import (
    NO_MEASURE,
    OUTSIDE,
    Arrangement,
    Claim,
    DoseAsked,
    Patient,
    Sedatives,
    Unit,
    Vomit,
)
from dosing_rules.facts_in_place import injects, renew_main, renew_night
from dosing_rules.history import AHEAD, BACK, DoseHistory, Held
from dosing_rules.indkald_history import IndkaldHistory
from dosing_rules.order_history import OrderHistory
from dosing_rules.ordered import Line, Prescription, are_of_the_night, of_the_night
from dosing_rules.recorded import CARE, Loss, health_of, home_safety_of
from dosing_rules.stays import Stays

#: How long vomiting is told to a check.
VOMIT_HOURS = timedelta(hours=24)
_DAY = timedelta(days=1)
_MOST_HOLDERS = 128


class PersonHistory:
    """One person, across units and pharmacies."""

    def __init__(self) -> None:
        self.doses = DoseHistory()
        #: Where the right lies, guests' days and stays apart; None: nobody has told.
        self.holder: int | None = None
        self._holder_of_day: dict[date, int | None] = {}
        #: Asked anew with each check, so nothing that was built is old by a change of it.
        self.elsewhere = DaysElsewhere()
        self._ended_on: date | None = None
        self._orders = OrderHistory()
        self._arrangements: list[tuple[date, Arrangement]] = []
        self._care: dict[str, Any] | None = None
        self._periods = IndkaldHistory()
        self._vomits: list[Vomit] = []
        self._losses: list[tuple[Loss, int]] = []
        self._extra_ug: dict[date, int] = {}
        self.stays = Stays()
        #: For ``now``: the facts as they were built, and the days for which nothing else differs.
        self._current: Patient | None = None
        #: The same with the order of the night in front, made when it is first asked for.
        self._current_night: Patient | None = None
        self._same_from = self._same_until = date.min

    # Treatment

    def enrolled(self, holder: int | None) -> None:
        """A course begins; ``holder`` is the place that may hand out.

        What was ordered, agreed and lent to other places in an earlier course holds no more.
        """
        self._current = None
        self.holder, self._ended_on = holder, None
        self._orders, self._arrangements = OrderHistory(), []
        self.elsewhere = DaysElsewhere()
        self.stays.away = False

    def moved(self, holder: int) -> None:
        """Another place may hand out from now on."""
        self._current = None
        self.holder = holder

    def held_day(self, day: date, holder: int) -> None:
        """What was had that day keeps the day's right where it lies."""
        self._holder_of_day.setdefault(day, holder)

    def ended(self, on: date) -> None:
        """The course ended: from that day on nothing is ordered."""
        self._current = None
        self._ended_on = on

    def prescribed(self, order: Prescription) -> None:
        """A doctor signed an order; versions come in order."""
        self._current = None
        self._orders.signed(order)
        if not order.night:
            # What was allowed beyond the order was said of another one.
            for day in [day for day in self._extra_ug if day >= order.valid_from]:
                del self._extra_ug[day]

    def order_stopped(self, version: int, from_on: date) -> None:
        """No order before ``version`` holds from that day on."""
        self._current = None
        self._orders.stopped(version, from_on)

    def arranged(self, valid_from: date, arrangement: Arrangement) -> None:
        """How the person takes the medicine from a day on; the latest decision counts."""
        self._current = None
        self._arrangements.append((valid_from, arrangement))

    def found(self, values: Mapping[str, object]) -> None:
        """What was found or agreed, by the names in ``CARE``."""
        self._current = None
        if self._care is None:
            self._care = dict.fromkeys(CARE)
        self._care.update(values)

    def doctor_decided(self, on: date, allow: bool, extra_ug: int) -> None:
        """For one day: the most allowed beyond the order since it was signed, or the last "no".

        What was allowed of a dose for the night is told as nothing beyond.
        """
        self._extra_ug[on] = max(self._extra_ug.get(on, 0), extra_ug) if allow else 0

    # Indkald

    def indkald_planned(self, indkald_id: int, days: Sequence[date]) -> None:
        """A period of supervised days was agreed."""
        self._current = None
        self._periods.planned(indkald_id, days)

    def indkald_changed(
        self,
        indkald_id: int,
        state: str,
        completed: Sequence[date],
        days: Sequence[date] | None = None,
    ) -> None:
        """The period runs, is completed, broken, moved or excused, or has other ``days``."""
        self._current = None
        self._periods.changed(indkald_id, state, completed, days)

    def indkald_day_completed(self, day: date, next_on: date | None) -> None:
        """A day of a period counts; with its last one, when the next period is due."""
        self._current = None
        self._periods.day_completed(day)
        if next_on is not None:
            self.found({"indkald_due_on": next_on})

    # Doses

    def reserved(self, reservation_id: int, held: Held) -> None:
        """Doses are taken; for their days the right lies where it lies now."""
        holders = self._holder_of_day
        holder = holders.get(held.on, self.holder)
        for dose in held.doses:
            holders.setdefault(dose.for_on, holder)
        if len(holders) > _MOST_HOLDERS:
            first = held.on - BACK
            self._holder_of_day = {day: one for day, one in holders.items() if day >= first}
        self.doses.reserved(reservation_id, held)

    def given(
        self,
        reservation_id: int,
        swallowed_at: datetime,
        swallowed: Sequence[tuple[int, int]],
        course_starts_on: date | None,
    ) -> None:
        """What was reserved was had; ``course_starts_on`` where it begins a course."""
        self.doses.given(reservation_id, swallowed_at, swallowed)
        if course_starts_on is not None and self._care is not None:
            if are_of_the_night(self.doses.held(reservation_id).doses):
                self.found({"night_first_dose_on": course_starts_on})
            else:
                self.found({"new_to_treatment": False, "first_dose_on": course_starts_on})

    def taken_back(self, reservation_id: int, indkald_day: date | None) -> None:
        """A hand-out was recorded by mistake: it never was."""
        self._current = None
        held = self.doses.freed(reservation_id)
        care, night = self._care, are_of_the_night(held.doses)
        began = "night_first_dose_on" if night else "first_dose_on"
        if care is not None and care[began] == held.on and not self.doses.any_given(night=night):
            # A first dose that never was begins nothing.
            self.found({began: None})
        if indkald_day is not None and self._periods.day_taken_back(indkald_day):
            # When the next one is due is no longer known.
            self.found({"indkald_due_on": None})

    def vomited(self, at: datetime, minutes_after: int, witnessed: bool) -> None:
        """Vomiting after a swallowed dose."""
        self._vomits.append(Vomit(at, minutes_after, witnessed))
        self._vomits.sort(key=lambda vomit: vomit.at)

    def lost(self, loss: Loss, part: int = 1) -> None:
        """A dose carried home was reported lost; its day and part stay taken."""
        self._losses.append((loss, part))
        self._losses.sort(key=lambda one: one[0].for_on)

    # Facts

    def order(self, on: date, *, night: bool = False) -> Prescription | None:
        """The main order in force, or that of the night: the latest version that has begun, while
        the course runs."""
        current = self._current
        if current is None or not self._same_from <= on < self._same_until:
            return self._order(on, night=night)
        if not night:
            return current.prescription
        return current.beside.prescription if current.beside is not None else None

    def order_of(self, doses: Sequence[DoseAsked], on: date) -> Prescription | None:
        """The order that these doses are of, by their part of the day."""
        return self.order(on, night=are_of_the_night(doses))

    def _order(self, on: date, *, night: bool) -> Prescription | None:
        if self._ended_on is not None and self._ended_on <= on:
            return None
        return self._orders.on(on, night=night)

    def facts(self, at: datetime, on: date, unit: Unit, *, about: int | None = None) -> Patient:
        """Everything a rule may ask, at a moment of a clinic day, at one place.

        ``about`` is an open reservation that is asked about once more before it is given: without
        its own claims, and with coverage and a doctor's extra as of the day it was made.
        """
        as_of = on if about is None else self.doses.held(about).on
        return self._built(at, on, unit, as_of, self.doses.claims(on, but=about))

    def _built(
        self, at: datetime, on: date, unit: Unit, as_of: date, claims: tuple[Claim, ...]
    ) -> Patient:
        care, seen = self._care or {}, self.doses.last_swallowed()
        had = self.stays.told(self.doses.had_of_main(as_of))
        had_ug, had_on, had_substance, covered_on, planned_on = had
        return Patient(
            prescription=self.order(on),
            unit=self._open_for_guests(unit),
            claims=claims,
            right_holder_unit_id=self._holder_on(on, as_of),
            last_swallowed_at=seen[0] if seen is not None else None,
            last_swallowed_ug=had_ug,
            last_covered_on=covered_on,
            planned_pickup_on=planned_on,
            first_dose_on=care.get("first_dose_on"),
            steps=self._orders.steps(on, night=False),
            arrangement=self._arrangement(on),
            indkald=self._periods.on(on),
            indkald_due_on=care.get("indkald_due_on"),
            sedatives=self._sedatives(),
            vomits=self._vomits_since(at),
            ecg_on=care.get("ecg_on"),
            qtc_ms=care.get("qtc_ms"),
            pregnant=care.get("pregnant"),
            diversion_supervised_until_on=self._measure(),
            reviewed_on=care.get("reviewed_on"),
            new_to_treatment=bool(care.get("new_to_treatment")),
            extra_ug_allowed_today=self._extra_ug.get(as_of, 0),
            last_swallowed_on=had_on,
            last_swallowed_substance=had_substance,
            medicines=care.get("medicines"),
            home_safety=home_safety_of(care),
            health=health_of(care),
            losses=self._losses_from(on, night=False),
            urine_on=care.get("urine_on"),
            naloxone_on=care.get("naloxone_on"),
            last_depot=self.doses.last_depot(),
            beside=self._beside(on, as_of),
            arranged_ahead=begun_later(self._arrangements, on),
        )

    def _beside(self, on: date, as_of: date) -> Line | None:
        """The order of the dose for the night and what was had of it, where one was ever begun."""
        order = self._order(on, night=True)
        if order is None:
            return None
        return Line(
            order,
            *self.stays.told(self.doses.had_of_night(on, as_of)),
            (self._care or {}).get("night_first_dose_on"),
            self._orders.steps(on, night=True),
            self._losses_from(on, night=True),
        )

    def now(
        self,
        at: datetime,
        on: date,
        unit: Unit,
        *,
        about: int | None = None,
        doses: Sequence[DoseAsked] = (),
    ) -> Patient:
        """The same facts in a ``Patient`` of this history's own, brought up to date.

        With that order in front which ``doses`` are of. For asking at once: it changes with the
        next call. Nobody may keep it.
        """
        vomits = self._vomits
        quiet = about is None and not self._losses
        # Of the few who came back with something unknown, all is built each time.
        quiet = quiet and self.stays.unknown_through == date.min
        if quiet and not (vomits and vomits[-1].at > at - VOMIT_HOURS):
            near = self.doses.near(on)
            if near is not None:
                current = self._current
                if current is None or not self._same_from <= on < self._same_until:
                    # Its claims come from ``near``, which has none that cannot be.
                    current = self._current = self._built(at, on, unit, on, ())
                    self._current_night = None
                    self._same_from, self._same_until = on, self._changes_after(on)
                holder, unit_now = self._holder_on(on, on), self._open_for_guests(unit)
                if not are_of_the_night(doses):
                    # Else what was had for the night is part of what was had of the main order.
                    if not near.by_night or injects(current):
                        extra_ug = self._extra_ug.get(on, 0)
                        renew_main(current, self.doses, near, on, unit_now, holder, extra_ug)
                        return current
                elif current.beside is not None:
                    night = self._current_night
                    if night is None:
                        night = self._current_night = current.for_night()
                    renew_night(night, self.doses, near, on, unit_now, holder)
                    return night
        return self.facts(at, on, unit, about=about).asked_of(doses)

    def _holder_on(self, on: date, as_of: date) -> int | None:
        """Where the right lies; a guest's dose stays where it was poured over midnight."""
        if self.stays.away:
            return OUTSIDE
        if (unit_id := self._guest_at(as_of)) is not None:
            return unit_id
        return self._holder_of_day.get(on, self.holder)

    def _guest_at(self, day: date) -> int | None:
        """The other place that hands out on the day; none once the course has ended."""
        if not self.elsewhere or (self._ended_on is not None and self._ended_on <= day):
            return None
        return self.elsewhere.at(day, self.holder, self._periods.has)

    def _open_for_guests(self, unit: Unit) -> Unit:
        """A day on which another place hands out to the person is no closed day of theirs."""
        if not self.elsewhere:
            return unit
        elsewhere = frozenset(
            day for day in unit.closed_on if self._guest_at(day) not in (None, unit.unit_id)
        )
        if not elsewhere:
            return unit
        return replace(unit, closed_on=unit.closed_on - elsewhere)

    def _changes_after(self, on: date) -> date:
        """The first day after ``on`` on which what was decided before says something else."""
        days = self._orders.changing_days()
        days += [day for day, _ in self._arrangements]
        days += self._periods.changing_days()
        if self._ended_on is not None:
            days.append(self._ended_on)
        return min((day for day in days if day > on), default=date.max)

    def _arrangement(self, on: date) -> Arrangement | None:
        return next((one for day, one in reversed(self._arrangements) if day <= on), None)

    def _sedatives(self) -> Sedatives | None:
        care = self._care
        if care is None or care["taper_state"] is None:
            return None
        return Sedatives(
            cast(int, care["sedatives_low_ug"]),
            cast(int, care["sedatives_high_ug"]),
            care["taper_state"],
            care["taper_plan_on"],
        )

    def _measure(self) -> date | None:
        if self._care is None:
            return None
        return self._care["diversion_supervised_until_on"] or NO_MEASURE

    def _losses_from(self, on: date, *, night: bool) -> tuple[Loss, ...] | None:
        """None where there is none: what that means is a switch of the rule book."""
        near = [
            loss
            for loss, part in self._losses
            if of_the_night(part) is night and on <= loss.for_on <= on + AHEAD
        ]
        return tuple(near) or None

    def _vomits_since(self, at: datetime) -> tuple[Vomit, ...]:
        return tuple(vomit for vomit in self._vomits if vomit.at > at - VOMIT_HOURS)
