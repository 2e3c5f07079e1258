"""Doses carried home, afterwards: what should still be there, and what became of it.

Brought back, a dose is taken in by two (``home_returns``). Lost, stolen or spilt, it was handed out
all the same, and the rules say whether it is replaced. A person called in brings what should be
there; too few or too many goes to the doctor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from audit.ledger.entry import Entry
from dispensing.acts import entry_of
from dispensing.counter.act import act
from dispensing.counter.decide import written
from dispensing.counter.loading import Desk
from dispensing.counter.notices import tell_doctor
from dispensing.counter.outcome import Outcome, State, Statement, Writing
from dispensing.counter.reserve import acting
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.looks import see_as
from dispensing.once_per_key import request_hash
from dispensing.people.sessions import Actor
from dispensing.wiring import Wiring

LossKind = Literal["lost", "stolen", "spilt"]
MOST_COUNTED = 200

# What was carried home and is for today or later, with what was told of it since. A dose that came
# along with a merge may count as another part of its day; its records name the one of before.
IN_HAND = """
SELECT coalesce(json_agg(json_build_object('reservation_id', c.reservation_id,
    'for_on', c.for_day, 'part', c.part, 'handed_part', coalesce(c.handed_part, c.part),
    'amount_ug', c.amount_ug, 'handed_on', r.day, 'lost', l.how, 'opened', b.unopened IS FALSE,
    'labelled', EXISTS (SELECT 1 FROM label e
        WHERE (e.reservation_id, e.for_day, e.part)
            = (c.reservation_id, c.for_day, coalesce(c.handed_part, c.part))))
    ORDER BY c.for_day, c.part), '[]')::text
FROM claim c JOIN reservation r USING (reservation_id)
LEFT JOIN loss_report l ON (l.reservation_id, l.for_day, l.part)
    = (c.reservation_id, c.for_day, coalesce(c.handed_part, c.part))
LEFT JOIN home_return b ON (b.reservation_id, b.for_day, b.part)
    = (c.reservation_id, c.for_day, coalesce(c.handed_part, c.part))
WHERE c.person_id = %(person_id)s AND c.how = 'take_home' AND c.state = 'given'
    AND c.for_day >= (SELECT (clock_timestamp() AT TIME ZONE u.zone)::date FROM person p
        JOIN unit u USING (unit_id) WHERE p.person_id = c.person_id)
"""
RECORD_RETURN = """
INSERT INTO home_return (reservation_id, for_day, part, person_id, unit_id, amount_ug, unopened,
    note, act_id, received_by, received_at)
VALUES (%(reservation_id)s, %(for_on)s, %(handed_part)s, %(person_id)s, %(unit_id)s, %(amount_ug)s,
    %(unopened)s, %(note)s, %(act_id)s, %(staff_id)s, %(at)s)
"""
RELEASE_CLAIM = """
DELETE FROM claim WHERE person_id = %(person_id)s AND for_day = %(for_on)s AND part = %(part)s
    AND reservation_id = %(reservation_id)s
"""
RECORD_LOSS = """
INSERT INTO loss_report (reservation_id, for_day, part, person_id, unit_id, how, verified, note,
    reported_by, reported_at)
VALUES (%(reservation_id)s, %(for_on)s, %(handed_part)s, %(person_id)s, %(unit_id)s, %(how)s,
    %(verified)s, %(note)s, %(staff_id)s, %(at)s)
"""
RECORD_COUNT = """
INSERT INTO count_back (person_id, unit_id, day, counted, expected_least, expected_most, note,
    counted_by, counted_at)
VALUES (%(person_id)s, %(unit_id)s, %(day)s, %(counted)s, %(expected_least)s, %(expected_most)s,
    %(note)s, %(staff_id)s, %(at)s)
"""


@dataclass(frozen=True, slots=True)
class HomeDose:
    """A dose carried home, for today or later. ``lost`` says how, once it was reported.

    ``part`` is the one it counts as for the person; ``handed_part`` the one it was handed out as,
    by which its label and its records go: another one only for a dose that came with a merge.
    """

    reservation_id: int
    for_on: date
    part: int
    handed_part: int
    amount_ug: int
    handed_on: date
    lost: str | None = None
    opened: bool = False
    labelled: bool = False

    @property
    def in_hand(self) -> bool:
        """Whether the person should still have it, untouched."""
        return self.lost is None and not self.opened


@dataclass(frozen=True, slots=True)
class Expected:
    """How many doses should be in the person's hands; today's may be swallowed already."""

    least: int
    most: int


_DOSES = msgspec.json.Decoder(tuple[HomeDose, ...])


def doses_from(document: str) -> tuple[HomeDose, ...]:
    """Read the document of ``IN_HAND``."""
    return _DOSES.decode(document)


def expected_in_hand(doses: Sequence[HomeDose], on: date) -> Expected:
    """What a person who is called in today must be able to show."""
    later = sum(dose.in_hand and dose.for_on > on for dose in doses)
    return Expected(later, later + sum(dose.in_hand and dose.for_on == on for dose in doses))


async def report_loss(
    wiring: Wiring,
    token: str,
    person_id: int,
    for_on: date,
    part: int,
    how: LossKind,
    verified: bool,
    note: str | None,
    key: str,
) -> Outcome:
    """A dose carried home is reported lost, stolen or spilt; the unit's doctors are told.

    Its day stays taken. ``verified``: a police report, or the broken bottle, was seen.
    """
    written(note)

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be("nurse", "doctor")
        dose = held(doses_from(more[0]), for_on, part)
        told = {"how": how, "verified": verified, "note": note}
        facts = facts_of(dose) | told
        entry = entry_of(acting(actor, desk), "home-dose-lost", facts, dose.amount_ug)
        statement, notice = tell_doctor("home-dose-lost", facts, actor, desk, further=1)
        record = (RECORD_LOSS, about(actor, desk, dose) | told)
        return _writing("home_dose_lost", desk, [record, statement], [entry, notice])

    asked = request_hash(f"loss {person_id} {for_on} {part} {how} {verified}", _text(note))
    return await act(wiring, token, key, asked, build, person_id=person_id, also=_also(person_id))


async def count_back(
    wiring: Wiring, token: str, person_id: int, counted: int, note: str | None, key: str
) -> Outcome:
    """A person called in shows the doses at home; another number than expected goes to the doctor.

    Raises Unprocessable without a note where the number is not the expected one.
    """
    if not 0 <= counted <= MOST_COUNTED:
        raise Unprocessable("count the doses that were shown", field="counted")

    def build(actor: Actor, desk: Desk, more: Sequence[Any]) -> Writing:
        actor.must_be("nurse", "doctor")
        expected = expected_in_hand(doses_from(more[0]), desk.on)
        agrees = expected.least <= counted <= expected.most
        if not agrees:
            written(note)
        found = {
            "counted": counted,
            "expected_least": expected.least,
            "expected_most": expected.most,
            "note": note,
        }
        who = {
            "person_id": desk.person_id,
            "unit_id": actor.unit_id,
            "day": desk.on,
            "staff_id": actor.staff_id,
            "at": desk.at,
        }
        statements: list[Statement] = [(RECORD_COUNT, found | who)]
        entries = [entry_of(acting(actor, desk), "home-doses-counted", found)]
        if not agrees:
            statement, notice = tell_doctor("count-differs", found, actor, desk, further=1)
            statements.append(statement)
            entries.append(notice)
        return _writing("home_doses_counted", desk, statements, entries)

    asked = request_hash(f"count-back {person_id} {counted}", _text(note))
    return await act(wiring, token, key, asked, build, person_id=person_id, also=_also(person_id))


async def load_home_doses(wiring: Wiring, unit_id: int, person_id: int) -> tuple[HomeDose, ...]:
    """What the person carried home for today and later. The caller has asked who may see it."""
    async with wiring.pool.connection() as connection:
        await see_as(connection, unit_id)
        row = await (await connection.execute(*_also(person_id))).fetchone()
        await connection.commit()
    return doses_from(row[0]) if row else ()


def _also(person_id: int) -> Statement:
    return IN_HAND, {"person_id": person_id}


def _text(note: str | None) -> bytes:
    return (note or "").encode()


def held(doses: Sequence[HomeDose], for_on: date, part: int) -> HomeDose:
    """The dose, if the person holds it and nothing was told of it yet."""
    found = next((dose for dose in doses if (dose.for_on, dose.part) == (for_on, part)), None)
    if found is None:
        raise NotFound("no such dose in the person's hands")
    if not found.in_hand:
        raise Conflict("what became of this dose is recorded already", slug="already-recorded")
    return found


def about(actor: Actor, desk: Desk, dose: HomeDose) -> dict[str, Any]:
    """What every statement about the dose says."""
    return {
        "reservation_id": dose.reservation_id,
        "for_on": dose.for_on,
        "part": dose.part,
        "handed_part": dose.handed_part,
        "amount_ug": dose.amount_ug,
        "person_id": desk.person_id,
        "unit_id": actor.unit_id,
        "staff_id": actor.staff_id,
        "at": desk.at,
    }


def facts_of(dose: HomeDose) -> dict[str, object]:
    """The dose in an entry."""
    return {
        "reservation": dose.reservation_id,
        "for_on": dose.for_on.isoformat(),
        "part": dose.part,
        "amount_ug": dose.amount_ug,
    }


def _writing(
    state: State, desk: Desk, statements: Sequence[Statement], entries: Sequence[Entry]
) -> Writing:
    return Writing(Outcome(state, desk.person_id, desk.at), tuple(statements), tuple(entries))
