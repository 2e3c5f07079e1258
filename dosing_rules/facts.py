"""What a check is told: the request at the counter and what is recorded about the person.

Everything is a frozen value: whole micrograms, clinic days as ``date`` in the unit's zone, moments
as aware UTC datetimes. ``None`` always means *not recorded*, never zero, never "no"; each rule
says what it makes of that, and it is always the safe side. Three facts therefore have a value for
"looked up, and there is none": ``NO_INDKALD`` (no period is running), ``NO_MEASURE`` (no diversion
measure in force) and ``NO_DEPOT`` (none was ever given). A prescription without ``valid_to`` is one
whose end is not recorded, and stops. The readings in ``Observed`` (sedation, breathing, alcohol)
are the one exception: most people are never measured, so an untaken reading leaves the word to
``affected``.

Trailing facts with a default, and what the default leads to:
``Patient.extra_ug_allowed_today`` (0: a doctor recorded no extra) ·
``Patient.last_swallowed_on`` (not recorded: stops under books that count from the last swallow) ·
``Patient.last_swallowed_substance`` (not recorded: judged both as the same substance and as
another one, a full agonist before buprenorphine) ·
``Prescription.depot_interval_days`` (not recorded: a depot needs a doctor) ·
``Patient.urine_on`` (not recorded: no sample was taken) ·
``Patient.naloxone_on`` (when naloxone was given with training; not recorded: it was not) ·
``Patient.last_depot`` (not recorded: one may still work, so a doctor is asked) ·
``Patient.beside`` (no order beside this one; at night: not recorded, and stops) ·
``Patient.arranged_ahead`` (nothing is decided ahead; not recorded: nothing goes home) ·
``Patient.medicines``, ``home_safety``, ``health``, ``session``, ``losses`` (not recorded: what
that means is a switch of the rule book, see ``dosing_rules.recorded``). The readings
``oxygen_percent``, ``pupils_pinpoint`` and ``withdrawal_cows`` are readings like the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from dosing_rules.arranged import ArrangedAhead as ArrangedAhead
from dosing_rules.arranged import Arrangement as Arrangement
from dosing_rules.arranged import TakeHomeException as TakeHomeException
from dosing_rules.asked_doses import sorted_out
from dosing_rules.medicines import Medicine
from dosing_rules.ordered import (
    DoseStep,
    Line,
    Prescription,
    Product,
    Substance,
    are_of_the_night,
    of_the_night,
)
from dosing_rules.plausible import first_impossible
from dosing_rules.recorded import NO_DEPOT, Depot, Health, HomeSafety, Loss, Session, Vomit

ClaimState = Literal["reserved", "uncertain", "given"]
How = Literal["supervised", "take_home"]
Identifier = Literal["birth_date", "photo", "card", "full_name", "address"]
TaperState = Literal["none", "above_guidance", "informed", "agreed", "tapering"]


@dataclass(frozen=True, slots=True)
class DoseAsked:
    """One dose of the hand-out: the day it is for, which part of that day (from 1), how much."""

    for_on: date
    part: int
    amount_ug: int
    how: How


@dataclass(frozen=True, slots=True)
class Observed:
    """What the nurse saw just now. ``affected`` and ``declined`` unanswered mean nobody looked."""

    affected: bool | None = None
    declined: bool | None = False
    sedation_poss: int | None = None
    breaths_per_minute: int | None = None
    alcohol_permille_milli: int | None = None
    oxygen_percent: int | None = None
    pupils_pinpoint: bool | None = None
    withdrawal_cows: int | None = None

    def well(self) -> bool:
        """Whether somebody looked, saw nothing, and measured nothing."""
        return (
            self.affected is False
            and self.declined is False
            and self.sedation_poss is None
            and self.breaths_per_minute is None
            and self.alcohol_permille_milli is None
            and self.oxygen_percent is None
            and self.pupils_pinpoint is None
            and self.withdrawal_cows is None
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked to be handed out now, and what was shown and seen when it was asked.

    ``prescription_id`` and ``prescription_version`` are those the screen or client showed;
    ``product`` is the one scanned from the open bottle or package.
    """

    at: datetime
    on: date
    unit_id: int
    doses: tuple[DoseAsked, ...]
    product: Product | None
    prescription_id: int | None
    prescription_version: int | None
    identifiers: frozenset[Identifier] = frozenset()
    observed: Observed = Observed()
    # Derived once, because a dozen rules ask for them. ``weighed`` holds one dose of each kind
    # (how, part, amount): where the order is the same every day, the others are like it.
    take_home: tuple[DoseAsked, ...] = field(init=False, repr=False, compare=False, default=())
    supervised: tuple[DoseAsked, ...] = field(init=False, repr=False, compare=False, default=())
    weighed: tuple[DoseAsked, ...] = field(init=False, repr=False, compare=False, default=())
    asked_by_day: Mapping[date, int] = field(
        init=False, repr=False, compare=False, default_factory=dict[date, int]
    )
    first_day: date = field(init=False, repr=False, compare=False, default=date.min)
    last_day: date = field(init=False, repr=False, compare=False, default=date.max)
    seen_well: bool = field(init=False, repr=False, compare=False, default=False)

    def __post_init__(self) -> None:
        home, here, weighed, by_day, first, last = sorted_out(self.doses, self.on)
        fill = object.__setattr__
        fill(self, "take_home", home)
        fill(self, "supervised", here)
        fill(self, "weighed", weighed)
        fill(self, "asked_by_day", by_day)
        fill(self, "first_day", first)
        fill(self, "last_day", last)
        fill(self, "seen_well", self.observed.well())

    def asked_ug(self, day: date) -> int:
        """Everything asked for one day, in micrograms."""
        return self.asked_by_day.get(day, 0)


@dataclass(frozen=True, slots=True)
class Claim:
    """A dose that is taken: reserved, uncertain or given, for one day and part, anywhere."""

    for_on: date
    part: int
    amount_ug: int
    how: How
    state: ClaimState
    unit_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Indkald:
    """A period that runs, or is agreed on and begins as soon as doses are handed out for its days.

    The days planned, and those already completed with their observation.
    """

    days: tuple[date, ...]
    completed: tuple[date, ...]

    def days_left(self, on: date) -> list[date]:
        """The planned days not yet completed, from today on."""
        return [day for day in self.days if day >= on and day not in self.completed]


NO_INDKALD = Indkald(days=(), completed=())
NO_MEASURE = date.min
#: Who may dispense while somebody is away: a place that is no unit of the service.
OUTSIDE = 0


@dataclass(frozen=True, slots=True)
class Sedatives:
    """Benzodiazepines and kin in diazepam equivalents per day. Zero means asked, and none."""

    diazepam_low_ug: int
    diazepam_high_ug: int
    plan: TaperState
    plan_on: date | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """The place that hands out: its licences and the days it is closed around today.

    ``licences`` name preparations beyond the ordinary ones: ``methadone_injection``,
    ``diacetylmorphine``. ``closed_on`` covers at least a fortnight back and five weeks ahead.
    """

    unit_id: int
    licences: frozenset[str]
    closed_on: frozenset[date]


@dataclass(frozen=True, slots=True)
class Patient:
    """Everything recorded about a person that a rule may ask for.

    ``claims`` cover the days from a fortnight back to five weeks ahead. ``last_covered_on`` is the
    latest day before today that a given dose (swallowed or taken home) was for;
    ``planned_pickup_on`` the next day on which the person was expected. ``first_dose_on`` starts
    the course (a restart, another substance) and with it the titration window.
    ``right_holder_unit_id`` is the one place that may dispense today, ``OUTSIDE`` where that is no
    unit of the service (in hospital, in prison).
    ``diversion_supervised_until_on`` is a prescriber's measure in force, ``NO_MEASURE`` when there
    is none. ``extra_ug_allowed_today`` is what a doctor recorded for today beyond this order (after
    vomiting, to complete a partial dose).
    ``last_depot`` is the latest depot ever given, whatever was given since. ``arranged_ahead`` are
    the arrangements that are decided and have not begun, in the order in which they begin.

    Whoever gets a dose for the night beside injections has two orders. One is in front, as
    ``prescription``, with the facts of its own doses (``last_swallowed_ug``, ``_on`` and
    ``_substance``, ``last_covered_on``, ``planned_pickup_on``, ``first_dose_on``, ``steps``,
    ``losses``, ``claims_by_day``); the other stands ``beside``. ``claims`` are those of both, and
    ``last_swallowed_at`` is the last dose seen swallowed of either. ``at_night``: the one in front
    is that of the dose for the night, also where none is ordered.
    """

    prescription: Prescription | None
    unit: Unit | None
    claims: tuple[Claim, ...] | None
    right_holder_unit_id: int | None
    last_swallowed_at: datetime | None
    last_swallowed_ug: int | None
    last_covered_on: date | None
    planned_pickup_on: date | None
    first_dose_on: date | None
    steps: tuple[DoseStep, ...] | None
    arrangement: Arrangement | None
    indkald: Indkald | None
    indkald_due_on: date | None
    sedatives: Sedatives | None
    vomits: tuple[Vomit, ...] | None
    ecg_on: date | None
    qtc_ms: int | None
    pregnant: bool | None
    diversion_supervised_until_on: date | None
    reviewed_on: date | None
    new_to_treatment: bool | None = False
    extra_ug_allowed_today: int | None = 0
    last_swallowed_on: date | None = None
    last_swallowed_substance: Substance | None = None
    medicines: tuple[Medicine, ...] | None = None
    home_safety: HomeSafety | None = None
    health: Health | None = None
    session: Session | None = None
    losses: tuple[Loss, ...] | None = None
    urine_on: date | None = None
    naloxone_on: date | None = None
    last_depot: Depot | None = None
    beside: Line | None = None
    at_night: bool = False
    arranged_ahead: tuple[ArrangedAhead, ...] | None = ()
    # Derived once: the rules look claims up by the day they are for.
    claims_by_day: Mapping[date, Sequence[Claim]] = field(
        init=False, repr=False, compare=False, default_factory=dict[date, Sequence[Claim]]
    )
    unsettled_claims: Sequence[Claim] = field(init=False, repr=False, compare=False, default=())
    last_claim_on: date = field(init=False, repr=False, compare=False, default=date.min)
    impossible: str | None = field(init=False, repr=False, compare=False, default=None)
    more_recorded: bool = field(init=False, repr=False, compare=False, default=False)
    watched: bool = field(init=False, repr=False, compare=False, default=True)
    depot_before: bool = field(init=False, repr=False, compare=False, default=True)
    night: bool = field(init=False, repr=False, compare=False, default=True)

    def __post_init__(self) -> None:
        by_day: dict[date, list[Claim]] = {}
        unsettled: list[Claim] = []
        last = date.min
        order = self.prescription
        at_night = self.at_night or (order is not None and order.night)
        injects = order is not None and order.product.substance == "diacetylmorphine"
        night = at_night or self.beside is not None
        for claim in self.claims or ():
            if of_the_night(claim.part):
                night = True
                # Another substance: no part of what is had of the injections. Of an order of
                # methadone, and where none is in force, it is.
                own = at_night or not injects
            else:
                own = not at_night
            if claim.state != "given":
                unsettled.append(claim)
            if not own:
                continue
            if claim.for_on in by_day:
                by_day[claim.for_on].append(claim)
            else:
                by_day[claim.for_on] = [claim]
                if claim.for_on > last:
                    last = claim.for_on
        object.__setattr__(self, "claims_by_day", by_day)
        object.__setattr__(self, "unsettled_claims", unsettled)
        object.__setattr__(self, "last_claim_on", last)
        object.__setattr__(self, "impossible", first_impossible(self))
        more = self.medicines is not None or self.home_safety is not None
        more = more or self.health is not None or self.session is not None
        object.__setattr__(self, "more_recorded", more or self.losses is not None)
        object.__setattr__(self, "watched", self._is_watched())
        object.__setattr__(self, "depot_before", self.last_depot != NO_DEPOT)
        object.__setattr__(self, "night", night)

    def _is_watched(self) -> bool:
        """Pregnancy, vomiting, an indkald or sedatives: there is one, or nobody recorded it."""
        if self.pregnant is not False or self.vomits is None or self.vomits:
            return True
        if self.indkald is None or self.indkald.days:
            return True
        return self.sedatives is None or self.sedatives.diazepam_high_ug != 0

    def for_night(self) -> "Patient":
        """The same person with the order of the night dose in front, and the main one beside it.

        Until something was had of it, what was had of the main order stands for it: as when one
        substance takes another's place. What a doctor allowed today beyond the order is not of it.
        """
        if self.at_night:
            return self
        main = Line(
            self.prescription,
            self.last_swallowed_ug,
            self.last_swallowed_on,
            self.last_swallowed_substance,
            self.last_covered_on,
            self.planned_pickup_on,
            self.first_dose_on,
            self.steps,
            self.losses,
        )
        night = self.beside if self.beside is not None else Line(None)
        had = night if night.had_on is not None else main
        return replace(
            self,
            prescription=night.prescription,
            last_swallowed_ug=had.had_ug,
            last_swallowed_on=had.had_on,
            last_swallowed_substance=had.had_substance,
            last_covered_on=had.last_covered_on,
            planned_pickup_on=had.planned_pickup_on,
            first_dose_on=night.first_dose_on,
            steps=night.steps,
            losses=night.losses,
            extra_ug_allowed_today=0,
            beside=main,
            at_night=True,
        )

    def asked_of(self, doses: Sequence[DoseAsked]) -> "Patient":
        """The person with that order in front which the doses are of, by their part of the day."""
        return self.for_night() if are_of_the_night(doses) else self

    def claims_on(self, day: date) -> Sequence[Claim]:
        """The claims for one clinic day, in any state."""
        return self.claims_by_day.get(day, ())

    def claimed_ug(self, day: date) -> int:
        """Everything taken for one day, reserved and uncertain included."""
        return sum([claim.amount_ug for claim in self.claims_by_day.get(day, ())])

    def is_new(self) -> bool:
        """New to treatment, and nothing at all recorded that speaks against it."""
        return (
            self.new_to_treatment is True
            and self.last_swallowed_at is None
            and self.last_swallowed_ug is None
            and self.last_covered_on is None
            and self.first_dose_on is None
            and not self.claims_by_day
            and self.last_depot in (None, NO_DEPOT)
        )
