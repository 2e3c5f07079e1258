"""Away: a place outside the service has the person, and with them the right to dispense."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from dispensing.counter.away import Place
from dispensing.counter.facts_sql import AWAY
from dispensing.counter.home_doses import IN_HAND, doses_from, expected_in_hand
from dispensing.counter.outcome import Outcome
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment.deciding import READERS, Decided, Deciding, decide, within_reach, words
from dispensing.treatment.moves import entries
from dispensing.wiring import Wiring

# A moment typed with a wrong month is no moment that somebody was taken in.
FARTHEST_BACK = timedelta(days=31)
LONGEST_NAME, LONGEST_PHONE = 120, 40

CASE = f"""
SELECT nextval(pg_get_serial_sequence('away', 'away_id')), {AWAY},
    paper_in_use(p.person_id, array_remove(ARRAY[p.unit_id, p.right_holder_unit_id], NULL)),
    ({IN_HAND}) AS home
FROM person p WHERE p.person_id = %(person_id)s
"""
RECORD = """
INSERT INTO away (away_id, person_id, unit_id, place, name, phone, told_by, since_at, expected_on,
    gives, note, home_doses, recorded_by, recorded_at)
OVERRIDING SYSTEM VALUE
VALUES (%(away_id)s, %(person_id)s, %(unit_id)s, %(place)s, %(name)s, %(phone)s, %(told_by)s,
    %(since_at)s, %(expected_on)s, %(gives)s, %(note)s, %(home_doses)s, %(staff_id)s, %(at)s)
"""
# What the folders hold says that the person may be given here: the lists are due anew, at once.
LISTS_DUE = """
UPDATE emergency_run SET made_at = least(made_at, clock_timestamp() - interval '1 hour')
WHERE unit_id IN (SELECT unnest(ARRAY[p.unit_id, p.right_holder_unit_id]) FROM person p
    WHERE p.person_id = %(person_id)s)
"""


@dataclass(frozen=True, slots=True)
class Going:
    """Where somebody is: the kind of place, its name and phone, who told, since when.

    ``gives``: whether the place gives the dose, None where nobody said. ``since_at`` is aware.
    """

    place: Place
    name: str
    told_by: str
    since_at: datetime
    phone: str | None = None
    expected_on: date | None = None
    gives: bool | None = None
    note: str | None = None


async def go_away(wiring: Wiring, token: str, person_id: int, asked: Going, key: str) -> Outcome:
    """Record that somebody is away: from now on no unit hands out, until the return is recorded.

    Raises Conflict: ``doses-open`` while a dose is reserved or uncertain, ``away-already``,
    ``move-on-paper`` while a place hands out from paper; Unprocessable with the field; see
    ``decide``.
    """
    name, phone = short(asked.name, "name", LONGEST_NAME), asked.phone
    if phone is not None:
        phone = short(phone, "phone", LONGEST_PHONE)
    told_by, note = words(asked.told_by, "told_by"), words(asked.note, "note", needed=False)
    assert told_by is not None, "needed"

    def build(case: Deciding) -> Decided:
        assert case.found is not None, "the person is locked"
        away_id, already, on_paper, home = case.found
        if already:
            raise Conflict("the person is away already", slug="away-already")
        settled(case)
        if on_paper:
            raise Conflict("a place hands out from paper", slug="move-on-paper")
        _since(asked.since_at, case)
        if asked.expected_on is not None:
            if asked.expected_on < case.desk.on:
                raise Unprocessable("from today on", field="expected_on")
            within_reach(asked.expected_on, case.desk.on, "expected_on")
        at_home = expected_in_hand(doses_from(home), case.desk.on).most
        shared: dict[str, Any] = {
            "away_id": away_id,
            "place": asked.place,
            "name": name,
            "told_by": told_by,
            "since_at": asked.since_at,
            "expected_on": asked.expected_on,
            "gives": asked.gives,
            "home_doses": at_home,
        }
        row = case.signed | shared | {"phone": phone, "note": note}
        entry = entries.person_away(case.act(), **shared)
        return Decided(((RECORD, row), (LISTS_DUE, row)), (entry,))

    return await decide(
        wiring,
        token,
        person_id,
        key,
        "away",
        msgspec.to_builtins(asked),
        build,
        roles=READERS,
        also=(CASE, {"person_id": person_id}),
    )


def settled(case: Deciding) -> None:
    """Raises Conflict (``doses-open``) while a dose is reserved or uncertain."""
    if case.desk.patient.unsettled_claims:
        raise Conflict("a dose is open: say first what became of it", slug="doses-open")


def short(text: str, field: str, longest: int) -> str:
    """A name or a phone. Raises Unprocessable."""
    written = words(text, field)
    if written is None or len(written) > longest:
        raise Unprocessable("say it shorter", field=field)
    return written


def _since(since_at: datetime, case: Deciding) -> None:
    at, seen_at = case.desk.at, case.desk.patient.last_swallowed_at
    if not at - FARTHEST_BACK <= since_at <= at:
        raise Unprocessable("a moment until now, within a month", field="since_at")
    if seen_at is not None and seen_at > since_at:
        raise Unprocessable("a dose was swallowed here since then", field="since_at")
