"""The counter as FHIR's port asks for it. Who is shown somebody is recorded as on any page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from psycopg import AsyncConnection

from dispensing.counter import ending, preview
from dispensing.counter.decide import Reason
from dispensing.counter.give import Giving, give
from dispensing.counter.loading import load_desk
from dispensing.counter.outcome import Outcome
from dispensing.counter.reserve import Order, check, reserve
from dispensing.errors import NotFound, Unprocessable
from dispensing.fhir import store
from dispensing.looks import record_look
from dispensing.people.sessions import HANDS_OUT, load_actor
from dispensing.people.steps import Step
from dispensing.web import formats
from dispensing.web.wording import Language, finding_text
from dispensing.wiring import Wiring
from dosing_rules import DoseAsked, Finding, Observed
from dosing_rules.facts import Identifier
from integrations.fhir import ports

IDENTIFIERS: frozenset[str] = frozenset(Identifier.__args__)
PAGE = "fhir"


@dataclass(frozen=True, slots=True)
class FhirCounter:
    """The port, for one request."""

    wiring: Wiring
    step: Step | None = None

    async def moment(self, token: str) -> tuple[datetime, date, int]:
        """Now, the clinic day of whoever asks, and who that is."""
        async with self.wiring.pool.connection() as connection:
            actor = await load_actor(connection, token, self.wiring.limits)
            await connection.commit()
        return actor.now, formats.local_day(actor.now, actor.zone), actor.staff_id

    async def person(self, token: str, person_id: int) -> ports.Person:
        """One person of the actor's unit."""
        async with self.wiring.pool.connection() as connection:
            await self._see(connection, token, person_id)
            row = await store.one(connection, store.PERSON, person_id=person_id)
            await connection.commit()
        if row is None:
            raise NotFound("no such person here")
        return ports.Person(**row)

    async def find(self, token: str, text: str) -> Sequence[ports.Person]:
        """People by card code or number."""
        found = await preview.find_people(self.wiring, token, text)
        return [await self.person(token, one.person_id) for one in found[:2]]

    async def orders(
        self, token: str, person_id: int, only: tuple[int, int] | None = None
    ) -> Sequence[ports.OrderVersion]:
        """Every version of a person's orders, newest first."""
        async with self.wiring.pool.connection() as connection:
            on = await self._see(connection, token, person_id)
            people = await _with_merged(connection, person_id)
            rows = await store.rows(connection, store.ORDERS, people=people, today=on)
            await connection.commit()
        found = [_order(row) for row in rows]
        return [one for one in found if only in (None, (one.prescription_id, one.version))]

    async def order_of(self, token: str, prescription_id: int, version: int) -> ports.OrderVersion:
        """One version. Raises NotFound."""
        async with self.wiring.pool.connection() as connection:
            row = await store.one(
                connection, store.PERSON_OF_ORDER, id=prescription_id, version=version
            )
            await connection.commit()
        if row is None:
            await self.moment(token)
            raise NotFound("no such order here")
        found = await self.orders(token, row["person_id"], (prescription_id, version))
        return found[0]

    async def dispenses(self, token: str, person_id: int) -> Sequence[ports.Dispense]:
        """A person's hand-outs, newest first."""
        async with self.wiring.pool.connection() as connection:
            await self._see(connection, token, person_id)
            people = await _with_merged(connection, person_id)
            sql = store.DISPENSES.format(which=store.OF_PEOPLE)
            rows = await store.rows(connection, sql, people=people)
            await connection.commit()
        return [_dispense(row) for row in rows]

    async def dispense(self, token: str, reservation_id: int) -> ports.Dispense:
        """One hand-out. Raises NotFound for one of somebody who does not come here."""
        async with self.wiring.pool.connection() as connection:
            await self._see_by_reservation(connection, token, reservation_id)
            sql = store.DISPENSES.format(which=store.OF_ONE)
            row = await store.one(connection, sql, reservation_id=reservation_id)
            await connection.commit()
        if row is None:
            raise NotFound("no such hand-out here")
        return _dispense(row)

    async def swallows(self, token: str, person_id: int) -> Sequence[ports.Swallowed]:
        """Doses swallowed before somebody's eyes, newest first."""
        async with self.wiring.pool.connection() as connection:
            await self._see(connection, token, person_id)
            people = await _with_merged(connection, person_id)
            rows = await store.rows(connection, store.SWALLOWS, people=people)
            await connection.commit()
        return [ports.Swallowed(product=_product(row), **row) for row in rows]

    async def swallow(self, token: str, reservation_id: int, part: int) -> ports.Swallowed:
        """One of them. Raises NotFound."""
        one = await self.dispense(token, reservation_id)
        found = await self.swallows(token, one.person_id)
        for swallowed in found:
            if (swallowed.reservation_id, swallowed.part) == (reservation_id, part):
                return swallowed
        raise NotFound("no such dose here")

    async def entry(self, token: str, reservation_id: int) -> ports.Entry:
        """The newest ledger entry of a hand-out."""
        async with self.wiring.pool.connection() as connection:
            person_id = await self._see_by_reservation(connection, token, reservation_id)
            row = await store.one(
                connection, store.ENTRY, person_id=person_id, reservation_id=reservation_id
            )
            await connection.commit()
        if row is None:
            raise NotFound("its entry is not told by this record")
        return ports.Entry(row["chain_id"], row["seq"], row["hash"], row["recorded_at"])

    async def product(self, token: str, code: str) -> ports.Product:
        """A preparation. Raises NotFound."""
        row = await self._plain(token, store.ONE_PRODUCT, code=code)
        return _product(row)

    async def staff(self, token: str, staff_id: int) -> ports.Staff:
        """Somebody who signs, by number. Raises NotFound."""
        return ports.Staff(**await self._plain(token, store.STAFF, staff_id=staff_id))

    async def unit(self, token: str, unit_id: int) -> ports.Unit:
        """A place. Raises NotFound."""
        return ports.Unit(**await self._plain(token, store.UNIT, unit_id=unit_id))

    async def check(self, token: str, wanted: ports.Wanted, language: str) -> ports.Answer:
        """What the rules say; the look is recorded."""
        order = _asked(wanted)
        async with self.wiring.pool.connection() as connection:
            actor, desk, _ = await load_desk(
                *(connection, token, self.wiring.limits), person_id=wanted.person_id, lock=False
            )
            actor.must_be(*HANDS_OUT)
            checked = check(order, actor, desk, self.wiring)
            await record_look(self.wiring, connection, actor, wanted.person_id, "check")
            await connection.commit()
        findings = [_finding(one, language) for one in checked.verdict.findings]
        return ports.Answer(checked.decided.allowed, None, findings)

    async def reserve(
        self, token: str, wanted: ports.Wanted, key: str, language: str
    ) -> ports.Answer:
        """Reserve the doses, or refuse."""
        return _answer(await reserve(self.wiring, token, _asked(wanted), key, self.step), language)

    async def give(
        self, token: str, reservation_id: int, wanted: ports.Wanted, key: str, language: str
    ) -> ports.Answer:
        """The reserved doses were swallowed or carried home."""
        order = _asked(wanted)
        giving = Giving(order.identifiers, order.observed, reasons=order.reasons)
        done = await give(self.wiring, token, reservation_id, giving, key, self.step)
        return _answer(done, language)

    async def end(
        self, token: str, reservation_id: int, how: ports.End, note: str, key: str
    ) -> ports.Answer:
        """Nobody had them, nobody knows, or it never happened."""
        said = note or None
        if how == "uncertain":
            done = await ending.doubt(self.wiring, token, reservation_id, said, key)
        elif how == "reversed":
            done = await ending.reverse(self.wiring, token, reservation_id, note, key)
        else:
            done = await ending.end(self.wiring, token, reservation_id, how, said, key)
        return _answer(done, "da", reservation_id)

    async def _see(self, connection: AsyncConnection[Any], token: str, person_id: int) -> date:
        """Whether the person is the actor's to see, recorded; the clinic day."""
        actor, desk, _ = await load_desk(
            connection, token, self.wiring.limits, person_id=person_id, lock=False
        )
        actor.must_be(*HANDS_OUT)
        await record_look(self.wiring, connection, actor, person_id, PAGE)
        return desk.on

    async def _see_by_reservation(
        self, connection: AsyncConnection[Any], token: str, reservation_id: int
    ) -> int:
        actor, desk, _ = await load_desk(
            connection, token, self.wiring.limits, reservation_id=reservation_id, lock=False
        )
        actor.must_be(*HANDS_OUT)
        await record_look(self.wiring, connection, actor, desk.person_id, PAGE)
        return desk.person_id

    async def _plain(self, token: str, sql: str, **asked: object) -> dict[str, Any]:
        """A row that concerns nobody in treatment, for whoever is signed in."""
        async with self.wiring.pool.connection() as connection:
            actor = await load_actor(connection, token, self.wiring.limits)
            actor.must_be(*HANDS_OUT)
            row = await store.one(connection, sql, **asked)
            await connection.commit()
        if row is None:
            raise NotFound("no such resource here")
        return row


async def _with_merged(connection: AsyncConnection[Any], person_id: int) -> list[int]:
    row = await (await connection.execute(store.ALSO, {"person_id": person_id})).fetchone()
    return list(row[0]) if row else [person_id]


def _product(row: dict[str, Any]) -> ports.Product:
    """The preparation in a row, taken out of it."""
    names = ("code", "name", "substance", "form", "route", "strength_ug", "per")
    return ports.Product(**{name: row.pop(name) for name in names})


def _order(row: dict[str, Any]) -> ports.OrderVersion:
    return ports.OrderVersion(product=_product(row), **row)


def _dispense(row: dict[str, Any]) -> ports.Dispense:
    doses = tuple(
        ports.Dose(date.fromisoformat(day), part, ug, how) for day, part, ug, how in row["doses"]
    )
    told: ports.Told = row["outcome"] or ("uncertain" if row["uncertain"] else "reserved")
    by, at, note = row["resolved_by"], row["resolved_at"], row["note"]
    if row["reversed_at"] is not None:
        told, by, at, note = "reversed", row["reversed_by"], row["reversed_at"], row["reversed_why"]
    return ports.Dispense(
        reservation_id=row["reservation_id"],
        person_id=row["person_id"],
        unit_id=row["unit_id"],
        order=(row["prescription_id"], row["prescription_version"]),
        product=_product(row),
        doses=doses,
        told=told,
        reserved_by=row["reserved_by"],
        reserved_at=row["reserved_at"],
        told_by=by,
        told_at=at,
        note=note,
        updated_at=at or row["reserved_at"],
    )


def _asked(wanted: ports.Wanted) -> Order:
    """The order of the counter. Raises Unprocessable for a way of identifying nobody knows."""
    unknown = wanted.identified_by - IDENTIFIERS
    if unknown:
        raise Unprocessable(
            f"identified by one or more of {', '.join(sorted(IDENTIFIERS))}", field="identified-by"
        )
    number, version = wanted.order or (None, None)
    return Order(
        person_id=wanted.person_id,
        prescription_id=number,
        prescription_version=version,
        doses=tuple(
            DoseAsked(one.for_on, one.part, one.amount_ug, one.how) for one in wanted.doses
        ),
        identifiers=frozenset(wanted.identified_by),  # type: ignore[arg-type]
        observed=Observed(wanted.affected, None if wanted.affected is None else False),
        reasons=tuple(Reason(rule, why) for rule, why in wanted.reasons.items()),
        bottle_code=wanted.bottle_code,
    )


def _finding(one: Finding, language: str) -> ports.Finding:
    said = finding_text(one, _language(language))
    severity = cast(Literal["inform", "confirm", "doctor", "stop"], one.severity.word)
    return ports.Finding(one.rule_id, severity, said.line, said.why, said.lifted_by or "")


def _language(text: str) -> Language:
    return "en" if text == "en" else "da"


def _answer(done: Outcome, language: str, reservation_id: int | None = None) -> ports.Answer:
    findings: list[ports.Finding] = []
    if done.verdict is not None:
        findings = [_told(one, language) for one in done.verdict["findings"]]
    return ports.Answer(done.allowed, done.reservation_id or reservation_id, findings)


def _told(one: Mapping[str, Any], language: str) -> ports.Finding:
    """A finding of a stored verdict."""
    return _finding(Finding.from_dict(one), language)
