"""All that is recorded about one person, told in order, as the facts a check asks for.

The verbs are what happens in the service: enrolled, moved, ended, prescribed, arranged, found,
doctor decided, indkald planned, reserved, given, freed and so on. ``facts`` answers at any moment
in between with the same ``Patient`` that the counter loads from its tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from dosing_rules.facts import (
    NO_INDKALD,
    NO_MEASURE,
    Arrangement,
    Claim,
    DoseStep,
    Indkald,
    Patient,
    Prescription,
    Sedatives,
    Unit,
    Vomit,
)
from dosing_rules.facts_in_place import renew
from dosing_rules.history import AHEAD, BACK, DoseHistory, Held
from dosing_rules.recorded import Loss

#: How long vomiting is told to a check.
VOMIT_HOURS = timedelta(hours=24)
#: What ``found`` may tell; each is remembered until it is told anew.
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
)
_DAY = timedelta(days=1)
_MOST_HOLDERS = 128


@dataclass(slots=True)
class _Period:
    """An indkald: its days, those completed, and where it stands."""

    days: tuple[date, ...]
    completed: tuple[date, ...] = ()
    state: str = "planned"


class PersonHistory:
    """One person, across units and pharmacies."""

    def __init__(self) -> None:
        self.doses = DoseHistory()
        self._holder: int | None = None
        self._holder_of_day: dict[date, int | None] = {}
        #: Single days at another place, and who held the right when that was decided.
        self._guest_on: dict[date, tuple[int | None, int]] = {}
        self._ended_on: date | None = None
        self._orders: list[Prescription] = []
        self._arrangements: list[tuple[date, Arrangement]] = []
        self._care: dict[str, Any] | None = None
        self._periods: dict[int, _Period] = {}
        self._vomits: list[Vomit] = []
        self._losses: list[Loss] = []
        self._extra_ug: dict[date, int] = {}
        #: For ``now``: the facts as they were built, and the days for which nothing else differs.
        self._current: Patient | None = None
        self._same_from = self._same_until = date.min

    # Treatment

    def enrolled(self, holder: int | None) -> None:
        """The person is treated here; ``holder`` is the place that may hand out."""
        self._current = None
        self._holder, self._ended_on = holder, None

    def moved(self, holder: int) -> None:
        """Another place may hand out from now on."""
        self._current = None
        self._holder = holder

    def guest_decided(self, days: Sequence[date], holder: int, unit_id: int) -> None:
        """On these days another place hands out, while the right lies at ``holder``."""
        self._current = None
        self._guest_on |= dict.fromkeys(days, (holder, unit_id))

    def guest_withdrawn(self, days: Sequence[date]) -> None:
        """On these days it is as if that had never been decided."""
        self._current = None
        for day in days:
            self._guest_on.pop(day, None)

    def ended(self, on: date) -> None:
        """The course ended: from that day on nothing is ordered."""
        self._current = None
        self._ended_on = on

    def prescribed(self, order: Prescription) -> None:
        """A doctor signed an order; versions come in order."""
        self._current = None
        self._orders.append(order)

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
        """For one day: the most that is allowed beyond the order since the last "no"."""
        self._extra_ug[on] = max(self._extra_ug.get(on, 0), extra_ug) if allow else 0

    # Indkald

    def indkald_planned(self, indkald_id: int, days: Sequence[date]) -> None:
        """A period of supervised days was agreed."""
        self._current = None
        self._periods[indkald_id] = _Period(tuple(days))

    def indkald_changed(self, indkald_id: int, state: str, completed: Sequence[date]) -> None:
        """The period runs, is completed, broken or excused."""
        self._current = None
        period = self._periods[indkald_id]
        period.state, period.completed = state, tuple(completed)

    def indkald_day_completed(self, day: date, next_on: date | None) -> None:
        """A day of a period counts; with its last one, when the next period is due."""
        self._current = None
        for period in self._periods.values():
            runs = period.state in ("planned", "running") and day in period.days
            if runs and day not in period.completed:
                period.completed += (day,)
                whole = len(period.completed) >= len(period.days)
                period.state = "completed" if whole else "running"
        if next_on is not None:
            self.found({"indkald_due_on": next_on})

    def _indkald_day_taken_back(self, day: date) -> None:
        for period in self._periods.values():
            if day in period.completed:
                period.completed = tuple(one for one in period.completed if one != day)
                if period.state == "completed":
                    period.state = "running"
                    # When the next one is due is no longer known.
                    self.found({"indkald_due_on": None})

    # Doses

    def reserved(self, reservation_id: int, held: Held) -> None:
        """Doses are taken; for their days the right lies where it lies now."""
        holders = self._holder_of_day
        holder = holders.get(held.on, self._holder)
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
            self.found({"new_to_treatment": False, "first_dose_on": course_starts_on})

    def taken_back(self, reservation_id: int, indkald_day: date | None) -> None:
        """A hand-out was recorded by mistake: it never was."""
        self._current = None
        held = self.doses.freed(reservation_id)
        care = self._care
        if care is not None and care["first_dose_on"] == held.on and not self.doses.any_given():
            # A first dose that never was begins nothing.
            self.found({"first_dose_on": None})
        if indkald_day is not None:
            self._indkald_day_taken_back(indkald_day)

    def vomited(self, at: datetime, minutes_after: int, witnessed: bool) -> None:
        """Vomiting after a swallowed dose."""
        self._vomits.append(Vomit(at, minutes_after, witnessed))
        self._vomits.sort(key=lambda vomit: vomit.at)

    def lost(self, loss: Loss) -> None:
        """A dose carried home was reported lost; its day stays taken."""
        self._losses.append(loss)
        self._losses.sort(key=lambda one: one.for_on)

    # Facts

    def order(self, on: date) -> Prescription | None:
        """The order in force: the latest version that has begun, while the course runs."""
        if self._current is not None and self._same_from <= on < self._same_until:
            return self._current.prescription
        if self._ended_on is not None and self._ended_on <= on:
            return None
        return next((one for one in reversed(self._orders) if one.valid_from <= on), None)

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
        doses, care = self.doses, self._care or {}
        had, through = doses.last_swallowed(), doses.covered_through()
        return Patient(
            prescription=self.order(on),
            unit=self._open_for_guests(unit),
            claims=claims,
            right_holder_unit_id=self._holder_on(on, as_of),
            last_swallowed_at=had[0] if had is not None else None,
            last_swallowed_ug=had[1] if had is not None else None,
            last_covered_on=doses.last_covered_on(as_of),
            planned_pickup_on=through + _DAY if through is not None else None,
            first_dose_on=care.get("first_dose_on"),
            steps=self._steps(on),
            arrangement=self._arrangement(on),
            indkald=self._indkald(on),
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
            last_swallowed_on=had[2] if had is not None else None,
            last_swallowed_substance=had[3] if had is not None else None,
            losses=self._losses_from(on),
            naloxone_on=care.get("naloxone_on"),
            last_depot=doses.last_depot(),
        )

    def now(self, at: datetime, on: date, unit: Unit, *, about: int | None = None) -> Patient:
        """The same facts in a ``Patient`` of this history's own, brought up to date.

        For asking at once: it changes with the next call. Nobody may keep it.
        """
        vomits = self._vomits
        if about is None and not self._losses and not (vomits and vomits[-1].at > at - VOMIT_HOURS):
            near = self.doses.near(on)
            if near is not None:
                current = self._current
                if current is None or not self._same_from <= on < self._same_until:
                    # Its claims come from ``near``, which has none that cannot be.
                    current = self._current = self._built(at, on, unit, on, ())
                    self._same_from, self._same_until = on, self._changes_after(on)
                through = self.doses.covered_through()
                renew(
                    current,
                    self._open_for_guests(unit),
                    self._holder_on(on, on),
                    near,
                    self.doses.last_swallowed(),
                    self.doses.last_covered_on(on),
                    None if through is None else through + _DAY,
                    self._extra_ug.get(on, 0),
                    self.doses.last_depot(),
                )
                return current
        return self.facts(at, on, unit, about=about)

    def _holder_on(self, on: date, as_of: date) -> int | None:
        """Where the right lies; a guest's dose stays where it was poured over midnight."""
        unit_id = self._guest_at(as_of)
        if unit_id is not None:
            return unit_id
        return self._holder_of_day.get(on, self._holder)

    def _guest_at(self, day: date) -> int | None:
        """The other place that hands out on the day; none once the course has ended."""
        holder, unit_id = self._guest_on.get(day, (None, None))
        over = self._ended_on is not None and self._ended_on <= day
        return unit_id if holder == self._holder and not over else None

    def _open_for_guests(self, unit: Unit) -> Unit:
        """A day on which another place hands out to the person is no closed day of theirs."""
        elsewhere = {
            day for day in self._guest_on if self._guest_at(day) not in (None, unit.unit_id)
        }
        if not elsewhere & unit.closed_on:
            return unit
        return replace(unit, closed_on=unit.closed_on - elsewhere)

    def _changes_after(self, on: date) -> date:
        """The first day after ``on`` on which what was decided before says something else."""
        days = [order.valid_from for order in self._orders]
        days += [order.valid_from + BACK for order in self._orders]
        days += [day for day, _ in self._arrangements]
        for period in self._periods.values():
            if period.days:
                days += [period.days[0], period.days[-1] + _DAY]
        if self._ended_on is not None:
            days.append(self._ended_on)
        return min((day for day in days if day > on), default=date.max)

    def _steps(self, on: date) -> tuple[DoseStep, ...]:
        """Changes of the daily dose in the last fortnight, where its milligrams compare."""
        known = [one for one in self._orders if one.valid_from <= on]
        first = on - BACK
        return tuple(
            DoseStep(after.valid_from, before.daily_ug, after.daily_ug)
            for before, after in pairwise(known)
            if before.daily_ug != after.daily_ug
            and after.valid_from > first
            and before.compares_with(after)
        )

    def _arrangement(self, on: date) -> Arrangement | None:
        return next((one for day, one in reversed(self._arrangements) if day <= on), None)

    def _indkald(self, on: date) -> Indkald:
        for _, period in sorted(self._periods.items()):
            days = period.days
            if period.state in ("planned", "running") and days and days[0] <= on <= days[-1]:
                return Indkald(days, period.completed)
        return NO_INDKALD

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

    def _losses_from(self, on: date) -> tuple[Loss, ...] | None:
        """None where there is none: what that means is a switch of the rule book."""
        return tuple([one for one in self._losses if on <= one.for_on <= on + AHEAD]) or None

    def _vomits_since(self, at: datetime) -> tuple[Vomit, ...]:
        if not self._vomits:
            return ()
        return tuple(vomit for vomit in self._vomits if vomit.at > at - VOMIT_HOURS)
