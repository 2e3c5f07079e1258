"""What a place that takes over must know, as it stands when the letter is written.

The letter is kept as it was sent. What nobody recorded is None and is said as not known; amounts
are whole micrograms. It holds no number of the person and no address.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from dispensing.clock import clinic_day
from dispensing.counter.facts_sql import UNKNOWN_THROUGH
from dispensing.counter.home_doses import IN_HAND, doses_from
from dispensing.treatment.deciding import Deciding
from dispensing.treatment.medicines.store import KEPT, Kept
from dispensing.treatment.sedatives.load import name_of
from dosing_rules import NO_MEASURE, Claim, Patient
from dosing_rules.ordered import Line, of_the_night

DAYS_SHOWN = 14
_DAY = timedelta(days=1)
MINE = "ANY (p.person_id || p.also_ids)"
TODAY = "(clock_timestamp() AT TIME ZONE u.zone)::date"
PARTS = f"""
json_build_object('given_name', p.given_name, 'family_name', p.family_name, 'born_on', p.born_on,
    'unit_name', u.name, 'unit_phone', u.phone, 'zone', u.zone,
    'staff', (SELECT json_object_agg(s.staff_id, s.given_name || ' ' || s.family_name)
        FROM staff s WHERE s.unit_id = p.unit_id AND s.ended_at IS NULL),
    'assessment', (SELECT json_build_object('allergies', a.allergies,
        'allergies_note', a.allergies_note, 'risks', a.risks) FROM assessment a
        WHERE a.person_id = {MINE} ORDER BY a.assessment_id DESC LIMIT 1),
    'sedatives', (SELECT coalesce((SELECT json_agg(json_build_array(i.atc, i.daily_ug)
            ORDER BY i.item_no) FROM sedative_item i
            WHERE (i.person_id, i.version) = (l.person_id, l.version)), '[]')
        FROM sedative_list l WHERE l.person_id = {MINE}
        ORDER BY l.recorded_at DESC, l.version DESC LIMIT 1),
    'medicines', ({KEPT})::json,
    -- Of each dose had elsewhere: what it was, and whether its amount and hour were told.
    'elsewhere', (SELECT coalesce(json_agg(json_build_object('day', c.for_day,
        'at', c.swallowed_at, 'amount_ug', c.amount_ug, 'substance', d.substance,
        'amount_told', coalesce(b.daily_ug IS NOT NULL AND b.product_code IS NOT NULL, false),
        'hour_told', coalesce(b.last_at = c.swallowed_at, false))), '[]')
        FROM claim c JOIN reservation v USING (reservation_id)
        JOIN product d ON d.code = v.product_code
        LEFT JOIN away_return b ON b.person_id = {MINE} AND b.recorded_at = v.reserved_at
        WHERE c.person_id = p.person_id AND v.source = 'elsewhere' AND c.for_day > {TODAY} - 30),
    'missed', ARRAY(SELECT m.day FROM missed_dose m WHERE m.person_id = {MINE}
        AND NOT m.night AND m.day > {TODAY} - 30),
    'unknown_through', nullif({UNKNOWN_THROUGH}, '-infinity'),
    'indkald', ARRAY(SELECT x.day FROM indkald i, unnest(i.days) AS x (day)
        WHERE i.person_id = p.person_id AND i.state IN ('planned', 'running')
        AND x.day >= {TODAY} ORDER BY 1))"""
#: The next letter's number, what it is made of, and the doses at home.
CASE = f"""
SELECT nextval(pg_get_serial_sequence('move_letter', 'letter_id')), {PARTS}::text, ({IN_HAND})
FROM person p JOIN unit u ON u.unit_id = p.unit_id WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class DayHad:
    """A day of the fortnight: swallowed here, carried home, had elsewhere, or not fetched."""

    day: date
    here_ug: int
    home_ug: int
    elsewhere_ug: int
    missed: bool
    #: Whether how much was had elsewhere was not told, and of which substance it was.
    elsewhere_unknown: bool = False
    elsewhere_of: str | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order without its strength: the place that takes over has preparations of its own."""

    substance: str
    form: str
    daily_ug: int
    parts_ug: tuple[int, ...]
    weekday_ug: tuple[int, ...] | None
    valid_from: date
    valid_to: date | None
    depot_interval_days: int | None


@dataclass(frozen=True, slots=True)
class HomePart:
    """A dose the person may have at home."""

    for_on: date
    amount_ug: int


@dataclass(frozen=True, slots=True)
class OtherMedicine:
    """A medicine beside, with its dose in the words used; taken until ``stopped_on``."""

    name: str
    dose: str | None
    stopped_on: date | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything the letter says."""

    to_name: str
    to_phone: str | None
    unit_name: str
    unit_phone: str | None
    given_name: str
    family_name: str
    born_on: date
    zone: str
    written_at: datetime
    on: date
    signed_by: str
    by_doctor: bool
    order: Ordered | None
    night: Ordered | None
    home_allowed: bool | None
    supervised_weekdays: tuple[int, ...]
    pickup_weekdays: tuple[int, ...]
    take_home_days: int | None
    supervised_until_on: date | None
    last_at: datetime | None
    last_ug: int | None
    last_depot_on: date | None
    home: tuple[HomePart, ...]
    days: tuple[DayHad, ...]
    unknown_days: bool
    allergies: str | None
    allergies_note: str | None
    risks: str | None
    sedatives: tuple[tuple[str, int | None], ...] | None
    ecg_on: date | None
    qtc_ms: int | None
    pregnant: bool | None
    naloxone_on: date | None
    indkald: tuple[date, ...]
    note: str | None
    #: Of the last dose; an hour that nobody told is no hour. Letters of before say nothing of it.
    last_of: str | None = None
    last_hour_told: bool = True
    medicines: tuple[OtherMedicine, ...] | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A dose had at a place outside; what was not told stands as what it can be at most."""

    day: date
    at: datetime
    amount_ug: int
    substance: str
    amount_told: bool
    hour_told: bool


@dataclass(frozen=True, slots=True)
class _Assessed:
    allergies: str
    allergies_note: str | None
    risks: str | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What is not among the facts of a check."""

    given_name: str
    family_name: str
    born_on: date
    unit_name: str
    unit_phone: str | None
    zone: str
    staff: dict[int, str]
    assessment: _Assessed | None
    sedatives: tuple[tuple[str, int | None], ...] | None
    medicines: Kept
    elsewhere: tuple[Elsewhere, ...]
    missed: tuple[date, ...]
    unknown_through: date | None
    indkald: tuple[date, ...]

    def is_unknown_since(self, last_at: datetime | None) -> bool:
        """Whether nobody knows what was had after the last dose that is known."""
        through = self.unknown_through
        return through is not None and (
            last_at is None or clinic_day(last_at, self.zone) <= through
        )


PARTS_OF = msgspec.json.Decoder(Parts)
LETTER = msgspec.json.Decoder(Letter)


def letter_from(
    case: Deciding,
    told: str,
    home: str,
    to: tuple[str, str | None],
    note: str | None,
) -> Letter:
    """The letter, of the facts under the person's lock. ``to``: name and phone."""
    parts, patient, today = PARTS_OF.decode(told), case.desk.patient, case.desk.on
    arrangement, found = patient.arrangement, parts.assessment
    until_on, depot = patient.diversion_supervised_until_on, patient.last_depot
    last = _last_of(patient, parts)
    return Letter(
        to_name=to[0],
        to_phone=to[1],
        unit_name=parts.unit_name,
        unit_phone=parts.unit_phone,
        given_name=parts.given_name,
        family_name=parts.family_name,
        born_on=parts.born_on,
        zone=parts.zone,
        written_at=case.desk.at,
        on=today,
        signed_by=parts.staff.get(case.actor.staff_id, ""),
        by_doctor=case.actor.role == "doctor",
        order=_ordered(patient),
        night=_ordered(patient.beside),
        home_allowed=None if arrangement is None else arrangement.self_administration,
        supervised_weekdays=_weekdays(arrangement and arrangement.supervised_weekdays),
        pickup_weekdays=_weekdays(arrangement and arrangement.pickup_weekdays),
        take_home_days=None if arrangement is None else arrangement.take_home_days,
        supervised_until_on=until_on
        if until_on is not None and until_on != NO_MEASURE and until_on >= today
        else None,
        last_at=patient.last_swallowed_at,
        last_ug=last.amount_ug,
        last_of=last.substance,
        last_hour_told=last.hour_told,
        last_depot_on=depot.on if depot is not None and depot.on != date.min else None,
        home=tuple(
            HomePart(dose.for_on, dose.amount_ug) for dose in doses_from(home) if dose.in_hand
        ),
        days=_days(patient.claims or (), parts, today),
        unknown_days=parts.is_unknown_since(patient.last_swallowed_at),
        allergies=found.allergies if found is not None else None,
        allergies_note=found.allergies_note if found is not None else None,
        risks=found.risks if found is not None else None,
        sedatives=None
        if parts.sedatives is None
        else tuple((name_of(atc), ug) for atc, ug in parts.sedatives),
        ecg_on=patient.ecg_on,
        qtc_ms=patient.qtc_ms,
        pregnant=patient.pregnant,
        naloxone_on=patient.naloxone_on,
        indkald=parts.indkald,
        note=note,
        medicines=None
        if parts.medicines.items is None
        else tuple(
            [OtherMedicine(one.name, one.dose, one.stopped_on) for one in parts.medicines.items]
        ),
    )


@dataclass(frozen=True, slots=True)
class _Last:
    amount_ug: int | None
    substance: str | None
    hour_told: bool = True


def _last_of(patient: Patient, parts: Parts) -> _Last:
    """How much the last dose was and of what; None where that was not told."""
    at = patient.last_swallowed_at
    for told in parts.elsewhere:
        if told.at == at:
            if told.amount_told:
                return _Last(told.amount_ug, told.substance, told.hour_told)
            return _Last(None, None, told.hour_told)
    for claim in patient.claims or ():
        if claim.at == at and claim.how == "supervised" and of_the_night(claim.part):
            night = patient.beside.prescription if patient.beside is not None else None
            return _Last(claim.amount_ug, night.product.substance if night is not None else None)
    return _Last(patient.last_swallowed_ug, patient.last_swallowed_substance)


def _ordered(of: Patient | Line | None) -> Ordered | None:
    order = of.prescription if of is not None else None
    if order is None:
        return None
    product = order.product
    return Ordered(
        substance=product.substance,
        form=product.form,
        daily_ug=order.daily_ug,
        parts_ug=order.parts_ug,
        weekday_ug=order.weekday_ug,
        valid_from=order.valid_from,
        valid_to=order.valid_to,
        depot_interval_days=order.depot_interval_days,
    )


def _weekdays(days: Iterable[int] | None) -> tuple[int, ...]:
    return tuple(sorted(days or ()))


def _days(claims: Iterable[Claim], parts: Parts, today: date) -> tuple[DayHad, ...]:
    """The fortnight, oldest first, today last."""
    had = [claim for claim in claims if claim.state == "given"]
    shown = []
    for number in reversed(range(DAYS_SHOWN)):
        day = today - number * _DAY
        of_day = [claim for claim in had if claim.for_on == day]
        swallowed = sum(claim.amount_ug for claim in of_day if claim.how == "supervised")
        there = [one for one in parts.elsewhere if one.day == day]
        there_ug = sum(one.amount_ug for one in there)
        home = sum(claim.amount_ug for claim in of_day if claim.how == "take_home")
        shown.append(
            DayHad(
                day,
                swallowed - there_ug,
                home,
                there_ug,
                # A day that was closed before anybody knew of a dose elsewhere was not missed.
                day in parts.missed and not of_day,
                not all(one.amount_told for one in there),
                there[-1].substance if there else None,
            )
        )
    return tuple(shown)
