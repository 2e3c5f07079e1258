"""A dose carried home is brought back: taken in by two people, in one act with its stock.

Unopened, its day is free for another dose, so one person alone never says so: a second one signs
the text that both have read, and where the dose had a label, the label is read. Opened, its day
stays taken. Whatever came back is booked as returned medicine, which waits for destruction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.acts import entry_of
from dispensing.counter import store
from dispensing.counter.act import ADVANCE_PERSON
from dispensing.counter.decide import written
from dispensing.counter.home_doses import (
    IN_HAND,
    RECORD_RETURN,
    RELEASE_CLAIM,
    HomeDose,
    about,
    doses_from,
    facts_of,
    held,
)
from dispensing.counter.loading import Desk, load_desk
from dispensing.counter.outcome import Outcome, Statement
from dispensing.counter.reserve import acting
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.labels.codes import NotALabelCode, read_code
from dispensing.people.sessions import Actor
from dispensing.people.witness import Credentials, prove, witnessed_by
from dispensing.stock.entries import Move
from dispensing.stock.measures import Measure, held_ug
from dispensing.stock.store import HOLDING_HERE, next_act, one_value
from dispensing.stock.waste import Said, amount_text, seen_hash, shown, write
from dispensing.unit_acts import Place, UnitWriting, act_at_unit
from dispensing.wiring import Wiring

TAKES_BACK = ("nurse", "doctor")
# What was handed out, and the code of the label on it that is not void.
PACKED = """
SELECT p.code, p.name, p.per, p.strength_ug, (SELECT e.code FROM label e
    LEFT JOIN label_void o USING (code) WHERE e.reservation_id = r.reservation_id
        AND e.for_day = %(for_on)s AND e.part = %(handed_part)s AND o.code IS NULL)
FROM reservation r JOIN product p ON p.code = r.product_code
WHERE r.reservation_id = %(reservation_id)s
"""


@dataclass(frozen=True, slots=True)
class BroughtHome:
    """Which dose came back and how. ``left``: ml or pieces still in it, of an opened one.

    ``label_code``: as read from the package of an unopened one.
    """

    person_id: int
    for_on: date
    part: int
    unopened: bool
    note: str | None = None
    left: str | None = None
    label_code: str | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """What the act says, of which dose, as the desk stood under the person's lock."""

    said: Said
    dose: HomeDose
    desk: Desk
    note: str | None


async def _read(
    wiring: Wiring, token: str, connection: AsyncConnection[Any], place: Place, asked: BroughtHome
) -> _Read:
    """Lock the person, then the place of returned medicine. Raises as ``take_back`` does."""
    mine = {"person_id": asked.person_id}
    actor, desk, more = await load_desk(
        connection, token, wiring.limits, **mine, and_also=((IN_HAND, mine),)
    )
    actor.must_be(*TAKES_BACK)
    dose = held(doses_from(more[0][0]), asked.for_on, asked.part)
    row = await (await connection.execute(PACKED, about(actor, desk, dose))).fetchone()
    if row is None:
        raise NotFound("no such hand-out")
    code, name, per, strength_ug, label = row
    note = _note(asked)
    if asked.unopened:
        _label_read(asked.label_code, label)
    measure = Measure(per, strength_ug)
    amount_ug = dose.amount_ug if asked.unopened else _left_ug(asked.left, measure, dose)
    holding_id = await one_value(
        connection, HOLDING_HERE["returns"], unit_id=place.unit_id, product_code=code
    )
    how = "uåbnet" if asked.unopened else "åbnet"
    follow = "Dagen bliver fri" if asked.unopened else "Dagen bliver ikke fri"
    part = f" (del {dose.part})" if dose.part > 1 else ""
    text = (
        f"Leveret tilbage {how} af person {asked.person_id}: dosis til {dose.for_on:%d-%m-%Y}"
        f"{part}, {amount_text(amount_ug, measure, name)}. {follow}."
        " Udleveres ikke igen; afventer destruktion"
    ) + (f". Bemærkning: {note}" if note else "")
    said = Said(
        "returned",
        text,
        (Move(amount_ug, holding_id=holding_id),),
        {"person": asked.person_id, "product": code, "reservation": dose.reservation_id},
        {"person_id": asked.person_id, "reason": note},
    )
    return _Read(said, dose, desk, note)


def _note(asked: BroughtHome) -> str | None:
    return (asked.note or None) if asked.unopened else written(asked.note)


def _label_read(text: str | None, label: str | None) -> None:
    """The package is the one that was handed out. Raises Conflict, Unprocessable."""
    if label is None:
        return
    if not text:
        raise Conflict(
            "this dose was handed out with a label: read it from the package; without it the dose"
            " is taken back as opened, which frees no day",
            slug="label-needed-back",
        )
    try:
        code = read_code(text)
    except NotALabelCode as error:
        raise Unprocessable(str(error), field="label_code") from None
    if code != label:
        raise Conflict(
            "this label is not of that dose: put the package aside, and find the right one",
            slug="label-of-another",
        )


def _left_ug(text: str | None, measure: Measure, dose: HomeDose) -> int:
    """What is left of an opened dose, in micrograms. Raises Unprocessable."""
    if not text:
        raise Unprocessable("measure what is left in it", field="left")
    left_ug = held_ug(text, measure, "left")
    if not 0 < left_ug <= dose.amount_ug:
        raise Unprocessable("more than nothing, and no more than the dose", field="left")
    return left_ug


async def take_back_text(wiring: Wiring, token: str, asked: BroughtHome) -> tuple[str, str]:
    """What the act will say, and its hash; writes nothing. Raises as ``take_back`` does."""

    async def say(connection: AsyncConnection[Any], place: Place) -> Said:
        return (await _read(wiring, token, connection, place, asked)).said

    return await shown(wiring, token, say)


async def take_back(
    wiring: Wiring,
    token: str,
    asked: BroughtHome,
    seen_sha256: str,
    credentials: Credentials | None,
    key: str,
) -> Outcome:
    """A dose carried home is brought back, witnessed; once per ``key``.

    Raises NotFound for a dose the person does not hold, Conflict where something was told of it
    before, the label is another's, or as ``witnessed_by``; Unprocessable for an opened one without
    a note or without what is left. A no is recorded.
    """
    seen = seen_hash(seen_sha256)
    _note(asked)
    proof = await prove(wiring, credentials)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        read = await _read(wiring, token, connection, place, asked)
        witness = await witnessed_by(connection, actor, proof, read.said.text, seen)
        act_id = await next_act(connection)
        place = replace(place, at=read.desk.at)
        stock = write(act_id, read.said, actor, place, witness)
        told = {"unopened": asked.unopened, "note": read.note, "act_id": act_id}
        statements = [*stock.statements, *_records(actor, read, told)]
        facts = facts_of(read.dose) | {
            "unopened": asked.unopened,
            "note": read.note,
            "act": act_id,
            "witness": witness.staff_id,
        }
        made = acting(actor, read.desk)
        entry = entry_of(made, "home-dose-returned", facts, read.dose.amount_ug)
        outcome = Outcome("home_dose_returned", asked.person_id, read.desk.at)
        answer = msgspec.to_builtins(outcome)
        return UnitWriting(answer, tuple(statements), (*stock.entries, entry))

    username = credentials.username.strip().lower() if credentials is not None else None
    request = [asked, seen_sha256, username]
    verb = "take home dose back"
    answer = await act_at_unit(wiring, token, key, verb, request, build, roles=TAKES_BACK)
    return msgspec.convert(answer.body, Outcome).with_receipt(answer.receipt)


def _records(actor: Actor, read: _Read, told: dict[str, Any]) -> Sequence[Statement]:
    shared = about(actor, read.desk, read.dose) | told
    statements: list[Statement] = [
        (ADVANCE_PERSON, {"count": 1, "person_id": read.desk.person_id}),
        (RECORD_RETURN, shared),
    ]
    if told["unopened"]:
        dose = read.dose
        freed = store.dose_arrays([(dose.for_on, dose.part, dose.amount_ug, "take_home")])
        statements += [(RELEASE_CLAIM, shared), (store.UNUSE_DAYS, shared | freed)]
    return statements
