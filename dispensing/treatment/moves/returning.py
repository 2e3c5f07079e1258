"""Back: what was had there becomes covered days, and what nobody knows stays unknown.

A day counts as covered where product and dose are known. What was had today takes today's dose
even where nobody knows how much it was. A moment that nobody knows is the latest it can have been.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import msgspec

from dispensing.clock import clinic_day, local_moment
from dispensing.counter.entries import doses_taken_over
from dispensing.counter.facts_sql import PRODUCT_JSON
from dispensing.counter.outcome import Outcome, Statement
from dispensing.counter.questions import LARGEST_UG
from dispensing.counter.store import RESOLVE
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment.deciding import READERS, Decided, Deciding, decide, words
from dispensing.treatment.moves import entries
from dispensing.treatment.orders.store import AS_SIGNED
from dispensing.wiring import Wiring
from dosing_rules import DoseAsked, Prescription, Product
from dosing_rules.history import BACK
from dosing_rules.ordered import of_the_night
from dosing_rules.rules.taken import least_interval

Coverage = Literal["had", "none", "unknown"]
_DAY = timedelta(days=1)

CASE = f"""
SELECT json_build_object('away_id', w.away_id, 'since_at', w.since_at,
    'holder', coalesce(p.right_holder_unit_id, p.unit_id), 'zone', u.zone,
    'ids', ARRAY(SELECT nextval('reservation_id_seq') FROM generate_series(0, {BACK.days})),
    'product', (SELECT {PRODUCT_JSON} FROM product d WHERE d.code = %(product_code)s),
    'newest', (SELECT {AS_SIGNED} FROM prescription r JOIN product d ON d.code = r.product_code
        WHERE r.person_id = p.person_id AND NOT r.night ORDER BY r.version DESC LIMIT 1))::text
FROM person p JOIN unit u ON u.unit_id = p.unit_id
LEFT JOIN LATERAL (SELECT a.away_id, a.since_at FROM person o JOIN away a ON a.away_id = o.away_id
    WHERE o.person_id = ANY (p.person_id || p.also_ids)
    ORDER BY a.away_id LIMIT 1) w ON true
WHERE p.person_id = %(person_id)s
"""
RECORD = """
INSERT INTO away_return (away_id, person_id, unit_id, coverage, from_on, until_on, product_code,
    daily_ug, last_at, rest_known, unknown_through, told_by, dose_note, recorded_by, recorded_at)
VALUES (%(away_id)s, %(person_id)s, %(unit_id)s, %(coverage)s, %(from_on)s, %(until_on)s,
    %(product_code)s, %(daily_ug)s, %(last_at)s, %(rest_known)s, %(unknown_through)s, %(told_by)s,
    %(dose_note)s, %(staff_id)s, %(at)s)
"""
RESERVATION = """
INSERT INTO reservation (reservation_id, person_id, unit_id, counter_id, day, prescription_id,
    prescription_version, product_code, bottle_id, doses, verdict, lifts, book_id, reserved_by,
    reserved_at, source)
VALUES (%(reservation_id)s, %(person_id)s, %(unit_id)s, NULL, %(day)s, %(prescription_id)s,
    %(prescription_version)s, %(product_code)s, NULL, %(doses)s, '{}', '[]', %(book_id)s,
    %(staff_id)s, %(at)s, 'elsewhere')
"""
# The interval to the next dose is kept where no other dose holds it already.
CLAIM = """
INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how, state,
    claimed_at, swallowed_at, swallow_during)
SELECT %(person_id)s, %(day)s, %(part)s, %(reservation_id)s, %(unit_id)s, %(amount_ug)s,
    'supervised', 'given', %(had_at)s, %(had_at)s,
    CASE WHEN %(minutes)s::int IS NOT NULL AND NOT EXISTS (SELECT FROM claim c
        WHERE c.person_id = %(person_id)s AND c.swallow_during && held.during)
    THEN held.during END
FROM (SELECT tstzrange(%(had_at)s,
    %(had_at)s::timestamptz + make_interval(mins => coalesce(%(minutes)s::int, 1))) AS during) held
"""
# What happened must fit into the record: the day's limit is raised where more was had.
USE_DAY = """
INSERT INTO person_day (person_id, day, substance, limit_ug, used_ug, right_holder_unit_id)
VALUES (%(person_id)s, %(day)s, %(substance)s, greatest(%(day_ug)s, %(amount_ug)s), %(amount_ug)s,
    %(holder)s)
ON CONFLICT (person_id, day) DO UPDATE SET
    used_ug = person_day.used_ug + excluded.used_ug,
    limit_ug = greatest(person_day.limit_ug, person_day.used_ug + excluded.used_ug),
    substance = CASE WHEN person_day.used_ug = 0 THEN excluded.substance
        ELSE person_day.substance END,
    mixed = person_day.mixed OR person_day.used_ug > 0
        AND person_day.substance <> excluded.substance OR person_day.night_ug > 0
"""


@dataclass(frozen=True, slots=True)
class Back:
    """What the place told: from which day until which doses were had, of what, how much a day.

    ``coverage`` "none": no dose there; "unknown": nobody knows. ``last_at`` is the moment of the
    last dose (aware), None where nobody knows. ``rest_known``: nothing was had on the other days.
    ``dose_note``: a change of dose, said; an order is signed by a doctor.
    """

    told_by: str
    coverage: Coverage
    had_from_on: date | None = None
    had_until_on: date | None = None
    product_code: str | None = None
    daily_ug: int | None = None
    last_at: datetime | None = None
    rest_known: bool = False
    dose_note: str | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """The stay that ends, and what its doses are written with."""

    away_id: int | None
    since_at: datetime | None
    holder: int
    zone: str
    ids: tuple[int, ...]
    product: Product | None
    newest: Prescription | None


@dataclass(frozen=True, slots=True)
class Had:
    """A dose had elsewhere that takes its day."""

    day: date
    amount_ug: int
    had_at: datetime


_STAY = msgspec.json.Decoder(Stay)


async def come_back(wiring: Wiring, token: str, person_id: int, asked: Back, key: str) -> Outcome:
    """Record the return: the right lies again where it lay, with the doses had elsewhere.

    Raises Conflict: ``not-away``; ``move-no-order`` where doses are told and no order ever was;
    Unprocessable with the field; see ``decide``.
    """
    told_by, note = (
        words(asked.told_by, "told_by"),
        words(asked.dose_note, "dose_note", needed=False),
    )

    def build(case: Deciding) -> Decided:
        assert case.found is not None, "the person is locked"
        stay = _STAY.decode(case.found[0])
        if stay.away_id is None or stay.since_at is None:
            raise Conflict("the person is not away", slug="not-away")
        checked(asked, stay, case.desk.at, case.desk.on)
        order = case.desk.patient.prescription or stay.newest
        if asked.coverage == "had" and order is None:
            raise Conflict("sign an order first, then tell the doses", slug="move-no-order")
        had, unknown_through = covered(asked, stay, order, case.desk.at, case.desk.on)
        row = _kept(asked, unknown_through) | {"told_by": told_by, "dose_note": note}
        statements: list[Statement] = []
        told = []
        if order is not None:
            minutes = None
            if case.desk.book_id is not None:
                book = wiring.book(case.desk.book_id)
                minutes = least_interval(order, book, case.desk.patient.beside)[1]
            product = stay.product or order.product
            for number, dose in enumerate(had):
                last = dose is had[-1]
                more, entry = _written(
                    case, stay, order, product, dose, number, minutes if last else None
                )
                statements += more
                told.append(entry)
        spelled = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
            if name != "unknown_through"
        }
        back = entries.person_back(
            case.act(len(told)), spelled, away_id=stay.away_id, unknown_through=unknown_through
        )
        kept = case.signed | row | {"away_id": stay.away_id}
        return Decided((*statements, (RECORD, kept)), (*told, back))

    also: Statement = (CASE, {"person_id": person_id, "product_code": asked.product_code})
    return await decide(
        wiring,
        token,
        person_id,
        key,
        "back",
        msgspec.to_builtins(asked),
        build,
        roles=READERS,
        also=also,
    )


def _kept(asked: Back, unknown_through: date | None) -> dict[str, Any]:
    """What was told, as the columns of its row."""
    return {
        "coverage": asked.coverage,
        "from_on": asked.had_from_on,
        "until_on": asked.had_until_on,
        "product_code": asked.product_code,
        "daily_ug": asked.daily_ug,
        "last_at": asked.last_at,
        "rest_known": asked.rest_known,
        "unknown_through": unknown_through,
    }


def checked(asked: Back, stay: Stay, at: datetime, today: date) -> None:
    """Whether what was told can have been so. Raises Unprocessable with the field."""
    assert stay.since_at is not None, "away"
    since_on = clinic_day(stay.since_at, stay.zone)
    if asked.coverage != "had":
        if any(
            (
                asked.had_from_on,
                asked.had_until_on,
                asked.product_code,
                asked.daily_ug,
                asked.last_at,
            )
        ):
            raise Unprocessable("doses are told where some were had", field="coverage")
        return
    if asked.had_from_on is None or not since_on <= asked.had_from_on <= today:
        raise Unprocessable("a day of the stay", field="had_from_on")
    if asked.had_until_on is None or not asked.had_from_on <= asked.had_until_on <= today:
        raise Unprocessable("a day of the stay, from the first on", field="had_until_on")
    if asked.daily_ug is not None and not 0 < asked.daily_ug <= LARGEST_UG:
        raise Unprocessable("an amount in mg", field="daily_mg")
    if asked.product_code is not None and stay.product is None:
        raise Unprocessable("no such product", field="product_code")
    if asked.last_at is not None and not (
        stay.since_at <= asked.last_at <= at
        and clinic_day(asked.last_at, stay.zone) == asked.had_until_on
    ):
        raise Unprocessable("a moment of the last day with a dose", field="last_at")


def covered(
    asked: Back, stay: Stay, order: Prescription | None, at: datetime, today: date
) -> tuple[Sequence[Had], date | None]:
    """The doses that take their days, of the fortnight a check looks back; and what is unknown.

    The second: the last day of which nobody knows what was had; None where all is known. Raises
    Unprocessable for a depot where the order is none, and the other way round.
    """
    yesterday = today - _DAY
    if asked.coverage == "none":
        return (), None
    if asked.coverage == "unknown" or order is None:
        return (), yesterday
    assert asked.had_from_on is not None and asked.had_until_on is not None, "checked"
    last_at = asked.last_at or min(at, _end_of(asked.had_until_on, stay.zone))
    known_ug = asked.daily_ug if stay.product is not None else None
    if known_ug is None:
        # How much is not known; that it was had today is, and nothing more is given today.
        if asked.had_until_on < today:
            return (), yesterday
        return (Had(today, order.day_ug(today) or order.daily_ug, last_at),), today
    assert stay.product is not None, "known"
    if (stay.product.form == "depot") != (order.product.form == "depot"):
        raise Unprocessable("another kind of preparation than ordered", field="product_code")
    first_on = max(asked.had_from_on, today - BACK)
    days = [first_on + number * _DAY for number in range((asked.had_until_on - first_on).days + 1)]
    had = [
        Had(day, known_ug, last_at if day == asked.had_until_on else _end_of(day, stay.zone))
        for day in days
    ]
    return had, None if asked.rest_known or asked.had_until_on == today else yesterday


def _end_of(day: date, zone: str) -> datetime:
    """The latest a dose of that day can have been had."""
    return local_moment(day + _DAY, time(0), zone) - timedelta(minutes=1)


def _written(
    case: Deciding,
    stay: Stay,
    order: Prescription,
    product: Product,
    dose: Had,
    number: int,
    minutes: int | None,
) -> tuple[list[Statement], Any]:
    """A dose had elsewhere, as records and as an entry."""
    taken = [
        claim.part
        for claim in case.desk.patient.claims or ()
        if claim.for_on == dose.day and not of_the_night(claim.part)
    ]
    part = next(part for part in range(1, len(taken) + 2) if part not in taken)
    asked = DoseAsked(dose.day, part, dose.amount_ug, "supervised")
    row = case.signed | {
        "reservation_id": stay.ids[number],
        "day": dose.day,
        "part": part,
        "amount_ug": dose.amount_ug,
        "day_ug": order.day_ug(dose.day),
        "had_at": dose.had_at,
        "minutes": minutes,
        "prescription_id": order.prescription_id,
        "prescription_version": order.version,
        "product_code": product.code,
        "substance": product.substance,
        "doses": json.dumps([[dose.day.isoformat(), part, dose.amount_ug, "supervised"]]),
        "book_id": case.desk.book_id or "",
        "holder": stay.holder,
        "outcome": "given",
        "note": "fået uden for enheden",
    }
    statements: list[Statement] = [(RESERVATION, row), (CLAIM, row), (USE_DAY, row), (RESOLVE, row)]
    entry = doses_taken_over(
        case.act(number),
        reservation_id=stay.ids[number],
        product=product,
        doses=[asked],
        had_at=dose.had_at,
        holder=stay.holder,
    )
    return statements, entry
