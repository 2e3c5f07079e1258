"""Today's list of a unit: who is expected, and where each person stands.

The state of a person comes from claims, observations and refusals; the word of the verdict from a
check with the plan of the day, as if the person came now, was the right one and not affected. It
is asked again only for people whose last event is newer than the one remembered: every change that
a rule may see is an entry of the person, so the person's own number tells. A decision about the
unit's calendar concerns everybody there.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from dispensing.counter.facts_sql import BOOK_JSON, FACTS_FROM, FACTS_SQL, HOLDER, MOMENT
from dispensing.counter.loading import PATIENT
from dispensing.counter.plan import pair_holds, planned_doses, planned_night
from dispensing.counter.reading import READING_JSON, reading_of, with_reading
from dispensing.looks import see_as
from dispensing.people.allowed_people import allowed
from dispensing.people.sessions import Actor
from dispensing.wiring import Wiring
from dosing_rules import Observed, Patient, Request, check_dispensing
from dosing_rules.facts import Identifier

PlaceState = Literal["expected", "reserved", "uncertain", "given", "observing", "missed"]
ASSUMED: frozenset[Identifier] = frozenset({"birth_date", "photo"})
NOT_AFFECTED = Observed(affected=False, declined=False)

EXPECTED = f"""
SELECT m.today, m.at, p.person_id, p.event_seq, p.given_name, p.family_name, p.born_on,
    p.card_code, p.unit_id AS enrolled_unit_id,
    {HOLDER} = m.unit_id AS right_here,
    CASE WHEN gr.unit_id = m.unit_id THEN (SELECT u.name FROM unit u
        WHERE u.unit_id = gr.from_unit_id) END AS guest_of,
    c.state AS claim_state, c.claimed_at, c.reservation_id, c.swallowed_at, o.due_at,
    exists (SELECT 1 FROM missed_dose d WHERE d.person_id = p.person_id AND d.day = m.today)
        AS missed,
    f.refused_at, f.affected_at, q.asked_at AS question_at
FROM moment m
CROSS JOIN LATERAL (
    SELECT q.person_id FROM person q
    WHERE q.unit_id = m.unit_id OR q.right_holder_unit_id = m.unit_id
    UNION SELECT e.person_id FROM guest_in_force e WHERE e.unit_id = m.unit_id AND e.day = m.today
) seen
JOIN person p ON p.person_id = seen.person_id AND p.ended_on IS NULL
LEFT JOIN person_day pd ON pd.person_id = p.person_id AND pd.day = m.today
LEFT JOIN guest_in_force gr ON gr.person_id = p.person_id AND gr.day = m.today
LEFT JOIN LATERAL (SELECT c.state, c.claimed_at, c.reservation_id, c.swallowed_at, c.unit_id
    FROM claim c
    WHERE c.person_id = p.person_id AND c.for_day = m.today
    -- What was carried home on an earlier day is no visit of today.
    AND (c.how = 'supervised' OR c.state <> 'given'
        OR (c.claimed_at AT TIME ZONE m.zone)::date = m.today)
    ORDER BY c.state = 'given', c.part DESC LIMIT 1) c ON true
LEFT JOIN observation o ON o.reservation_id = c.reservation_id AND o.state = 'running'
LEFT JOIN LATERAL (SELECT max(refused_at) AS refused_at, max(refused_at) FILTER
    (WHERE f.verdict @> '{{"findings": [{{"rule_id": "affected-now"}}]}}') AS affected_at
    FROM refusal f
    WHERE f.person_id = p.person_id AND f.day = m.today) f ON true
LEFT JOIN LATERAL (SELECT max(asked_at) AS asked_at FROM doctor_question q
    WHERE q.person_id = ANY (p.person_id || p.also_ids) AND q.answered_at IS NULL) q ON true
"""
LIST = MOMENT.format(unit="%(unit_id)s") + EXPECTED
CALENDAR = "SELECT count(*) FROM calendar_decision WHERE unit_id = %(unit_id)s"
FACTS = f"""
{MOMENT.format(unit="%(unit_id)s")}
SELECT m.at, m.today, p.person_id, p.event_seq, {BOOK_JSON} AS book_id,
    {READING_JSON} AS reading, {FACTS_SQL}
{FACTS_FROM.format(people="p.person_id = ANY (%(people)s)")}
"""


@dataclass(frozen=True, slots=True)
class _Place:
    today: date
    at: datetime
    person_id: int
    event_seq: int
    given_name: str
    family_name: str
    born_on: date
    card_code: str
    enrolled_unit_id: int
    right_here: bool | None
    guest_of: str | None
    claim_state: str | None
    claimed_at: datetime | None
    reservation_id: int | None
    swallowed_at: datetime | None
    due_at: datetime | None
    missed: bool
    refused_at: datetime | None
    affected_at: datetime | None
    question_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Facts:
    at: datetime
    today: date
    person_id: int
    event_seq: int
    book_id: str | None
    reading: str | None
    facts: str


@dataclass(frozen=True, slots=True)
class ListRow:
    """One person on today's list. ``word`` is the verdict's; None while nothing is left today.

    ``moment_at`` is when the state began, ``due_at`` when an observation ends. ``expected`` tells
    whether something is planned here today.
    """

    person_id: int
    given_name: str
    family_name: str
    born_on: date
    state: PlaceState
    word: str | None
    rule_id: str | None
    planned_ug: int
    moment_at: datetime | None
    due_at: datetime | None
    reservation_id: int | None
    refused_at: datetime | None
    question_at: datetime | None
    affected_at: datetime | None = None
    # The unit whose person comes here today as a guest.
    guest_of: str | None = None
    # Of the dose for the night, beside injections: what is planned of it, and how it stands.
    night_ug: int = 0
    night: Literal["", "due", "had"] = ""

    @property
    def initials(self) -> str:
        """For a screen that faces the room."""
        return f"{self.given_name[:1]}.{self.family_name[:1]}."


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is planned for a person now and what the rules say of it.

    ``planned_ug`` is of the main order, ``night_ug`` of the dose for the night beside it, which is
    what the rules were asked about where nothing else is planned.
    """

    word: str
    rule_id: str | None
    planned_ug: int
    night_ug: int = 0
    night: Literal["", "due", "had"] = ""


@dataclass(frozen=True, slots=True)
class TodayList:
    """A unit's list with the moment it was true, in the order of names."""

    on: date
    at: datetime
    rows: tuple[ListRow, ...]


class Expectations:
    """Remembers what was planned and answered per person and clinic day, until a newer event."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[date, int, Expectation]] = {}
        self._calendars: dict[int, int] = {}

    def calendar(self, unit_id: int, decisions: int) -> None:
        """So many decisions make the unit's calendar; another number, and all is asked anew."""
        if self._calendars.get(unit_id, decisions) != decisions:
            self._known = {key: one for key, one in self._known.items() if key[0] != unit_id}
        self._calendars[unit_id] = decisions

    def known(self, unit_id: int, place: _Place) -> Expectation | None:
        day, seq, expectation = self._known.get((unit_id, place.person_id), (None, None, None))
        return expectation if (day, seq) == (place.today, place.event_seq) else None

    def learn(self, unit_id: int, facts: _Facts, expectation: Expectation) -> None:
        self._known[unit_id, facts.person_id] = (facts.today, facts.event_seq, expectation)


async def load_list(
    connection: AsyncConnection[Any], wiring: Wiring, expectations: Expectations, unit_id: int
) -> TodayList:
    """Today's list of a unit; checks anew only the people with newer events."""
    # Before the facts: what is decided in between is asked once more, never missed.
    decided = await (await connection.execute(CALENDAR, {"unit_id": unit_id})).fetchone()
    expectations.calendar(unit_id, decided[0] if decided else 0)
    await see_as(connection, unit_id)
    async with connection.cursor(row_factory=class_row(_Place)) as cursor:
        await cursor.execute(LIST, {"unit_id": unit_id})
        places = await cursor.fetchall()
    new = [place.person_id for place in places if expectations.known(unit_id, place) is None]
    if new:
        async with connection.cursor(row_factory=class_row(_Facts)) as facts:
            await facts.execute(FACTS, {"unit_id": unit_id, "people": new})
            for row in await facts.fetchall():
                expectations.learn(unit_id, row, _expect(row, unit_id, wiring))
    await connection.commit()
    rows = [
        row
        for place in places
        if (row := _row(place, expectations.known(unit_id, place), wiring.uncertain_after))
        is not None
    ]
    rows.sort(key=lambda row: (row.family_name, row.given_name, row.person_id))
    first = places[0] if places else None
    if first is None:
        return TodayList(date.min, datetime.min, ())
    return TodayList(first.today, first.at, tuple(rows))


def _expect(row: _Facts, unit_id: int, wiring: Wiring) -> Expectation:
    patient = PATIENT.decode(row.facts)
    nights = planned_night(patient, row.today)
    planned_ug = sum(dose.amount_ug for dose in planned_doses(patient, row.today))
    at_night = bool(nights) and not planned_ug
    patient = patient.for_night() if at_night else patient
    seen = with_reading(NOT_AFFECTED, reading_of(row.reading), patient)
    request = planned_request(patient, at=row.at, on=row.today, unit_id=unit_id, observed=seen)
    night_ug, night = sum(dose.amount_ug for dose in nights), _night_state(patient, row.today)
    if row.book_id is None:
        return Expectation("stop", None, planned_ug, night_ug, night)
    verdict = check_dispensing(request, patient, wiring.book(row.book_id))
    first = verdict.findings[0].rule_id if verdict.findings else None
    return Expectation(verdict.word, first, planned_ug, night_ug, night)


def _night_state(patient: Patient, on: date) -> Literal["", "due", "had"]:
    """How it stands with today's dose for the night of whoever has one."""
    at_night = patient.for_night()
    order = at_night.prescription
    if order is None or not pair_holds(at_night, on) or not order.day_ug(on):
        return ""
    return "had" if at_night.claims_on(on) else "due"


def planned_request(
    patient: Patient,
    *,
    at: datetime,
    on: date,
    unit_id: int,
    observed: Observed = NOT_AFFECTED,
) -> Request:
    """The request the plan makes of a person who is the right one and not affected."""
    prescription = patient.prescription
    return Request(
        at=at,
        on=on,
        unit_id=unit_id,
        doses=planned_doses(patient, on),
        product=prescription.product if prescription is not None else None,
        prescription_id=prescription.prescription_id if prescription is not None else None,
        prescription_version=prescription.version if prescription is not None else None,
        identifiers=ASSUMED,
        observed=observed,
    )


def _row(
    place: _Place, expectation: Expectation | None, uncertain_after: timedelta
) -> ListRow | None:
    """The row, or None for a person of the unit with nothing planned and nothing done today."""
    state: PlaceState = "expected"
    moment_at: datetime | None = None
    if place.due_at is not None:
        state, moment_at = "observing", place.swallowed_at
    elif place.claim_state == "reserved":
        moment_at = place.claimed_at
        forgotten = moment_at is not None and place.at - moment_at > uncertain_after
        state = "uncertain" if forgotten else "reserved"
    elif place.claim_state == "uncertain":
        state, moment_at = "uncertain", place.claimed_at
    elif place.claim_state == "given":
        state, moment_at = "given", place.swallowed_at or place.claimed_at
    elif place.missed:
        state = "missed"
    planned_ug = expectation.planned_ug + expectation.night_ug if expectation is not None else 0
    due_again = state == "given" and planned_ug > 0
    # Whose doses another place hands out is not expected here; a search still finds the person.
    if state == "expected" and (planned_ug == 0 or place.right_here is False):
        return None
    open_now = state == "expected" or due_again
    return ListRow(
        person_id=place.person_id,
        given_name=place.given_name,
        family_name=place.family_name,
        born_on=place.born_on,
        state="expected" if due_again else state,
        word=expectation.word if expectation is not None and open_now else None,
        rule_id=expectation.rule_id if expectation is not None and open_now else None,
        planned_ug=expectation.planned_ug if expectation is not None else 0,
        night_ug=expectation.night_ug if expectation is not None else 0,
        night=expectation.night if expectation is not None else "",
        moment_at=moment_at,
        due_at=place.due_at,
        reservation_id=place.reservation_id,
        refused_at=place.refused_at,
        affected_at=place.affected_at,
        question_at=place.question_at,
        guest_of=place.guest_of,
    )


async def only_allowed(
    connection: AsyncConnection[Any], actor: Actor, found: TodayList
) -> TodayList:
    """The list without those whom a machine's client must not see."""
    may_see = await allowed(connection, actor, (one.person_id for one in found.rows))
    return replace(found, rows=tuple(one for one in found.rows if one.person_id in may_see))
