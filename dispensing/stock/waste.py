"""What leaves stock and no person swallowed: destroyed, broken, and what is left in a glass; and
medicine that a person brings back. Each needs a second person's own sign-in to the very text.

``text_of`` says what will be done; both persons read it, its hash comes back with the act, and an
act that would say something else by then is refused.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import AsyncConnection

from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.once_per_key import Statement
from dispensing.people.sessions import Actor, load_actor
from dispensing.people.witness import Credentials, Witness, prove, text_sha256, witnessed_by
from dispensing.stock import entries, store
from dispensing.stock.entries import Move, StockAct
from dispensing.stock.measures import Measure, held_ug, measured_text
from dispensing.stock.packages import HANDLES_STOCK, MOST_PACKAGES
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring
from dosing_rules.amounts import mg_text

LEAST_REASON_LETTERS = 3
MOST_LINES = 100
MOST_DIGITS = 7
MEDICINE = "SELECT code, name, per, strength_ug FROM product WHERE code = %(code)s"
PERSON_HERE = """
SELECT merged_into_id IS NOT NULL FROM person WHERE person_id = %(person_id)s
    AND (unit_id = %(unit_id)s OR right_holder_unit_id = %(unit_id)s)
"""
# Whoever reverses the hand-out holds the same lock, so that one of the two sees the other's act.
LOCK_PERSON_OF = """
SELECT 1 FROM person WHERE person_id = (SELECT coalesce(o.merged_into_id, o.person_id)
    FROM reservation r JOIN person o USING (person_id)
    WHERE r.reservation_id = %(reservation_id)s AND r.unit_id = %(unit_id)s) FOR UPDATE
"""
# What was poured of a hand-out and neither swallowed, carried home nor poured back.
GLASS = """
SELECT r.reservation_id, r.bottle_id, x.outcome, p.code AS product_code, p.name AS product_name,
    p.per, p.strength_ug, v.reservation_id IS NOT NULL AS reversed,
    EXISTS (SELECT 1 FROM stock_act a WHERE a.reservation_id = r.reservation_id
        AND a.kind = 'rest') AS told,
    -coalesce((SELECT sum(m.delta_ug) FROM stock_movement m
        WHERE m.reservation_id = r.reservation_id), 0)::bigint AS poured_ug,
    coalesce((SELECT sum(h.amount_ug) FROM handover h
        WHERE h.reservation_id = r.reservation_id), 0)::bigint AS given_ug
FROM reservation r JOIN resolution x USING (reservation_id)
JOIN product p ON p.code = r.product_code LEFT JOIN reversal v USING (reservation_id)
WHERE r.reservation_id = %(reservation_id)s AND r.unit_id = %(unit_id)s
"""


@dataclass(frozen=True, slots=True)
class WasteLine:
    """So much of one place: ml or pieces of a bottle or of returned medicine, whole packages of
    a cabinet."""

    place: Literal["bottle", "holding"]
    number: int
    amount: str


@dataclass(frozen=True, slots=True)
class Waste:
    """Medicine destroyed, or broken by accident; one signature for all lines."""

    kind: Literal["destroyed", "broken"]
    lines: tuple[WasteLine, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """Medicine a person brings back. It is never handed out again: it waits for destruction."""

    person_id: int
    product_code: str
    amount: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What was left in the glass of a hand-out: so much wasted, the rest poured back."""

    reservation_id: int
    wasted: str
    reason: str


Asked = Waste | BroughtBack | Rest


@dataclass(frozen=True, slots=True)
class Said:
    """An act as both persons read it, and what it will write."""

    kind: str
    text: str
    moves: tuple[Move, ...]
    facts: dict[str, object]
    columns: dict[str, object]
    closes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Glass:
    """A resolved hand-out and what of it was poured."""

    reservation_id: int
    bottle_id: int | None
    outcome: str
    product_code: str
    product_name: str
    per: str
    strength_ug: int
    reversed: bool
    told: bool
    poured_ug: int
    given_ug: int

    @property
    def rest_ug(self) -> int:
        return self.poured_ug - self.given_ug


def written(reason: str | None) -> str:
    """A reason with something in it. Raises Unprocessable."""
    text = " ".join((reason or "").split())
    if len(text) < LEAST_REASON_LETTERS:
        raise Unprocessable("write why, in a few words", field="reason")
    return text


def amount_text(amount_ug: int, measure: Measure, product_name: str) -> str:
    """``5 ml = 5 mg Metadon 1 mg/ml``: what was measured first, then what it holds."""
    return f"{measured_text(amount_ug, measure)} = {mg_text(amount_ug)} mg {product_name}"


async def said(connection: AsyncConnection[Any], place: Place, asked: Asked) -> Said:
    """What the act would say and do now, its places locked. Raises the domain errors of the act."""
    if isinstance(asked, Waste):
        return await _waste(connection, place, asked)
    if isinstance(asked, BroughtBack):
        return await _brought_back(connection, place, asked)
    return await _rest(connection, place, asked)


async def _waste(connection: AsyncConnection[Any], place: Place, asked: Waste) -> Said:
    reason = written(asked.reason)
    if not 0 < len(asked.lines) <= MOST_LINES:
        raise Unprocessable("at least one line", field="lines")
    named = [(line.place, line.number) for line in asked.lines]
    if len(set(named)) < len(named):
        raise Unprocessable("each place stands once", field="lines")
    bottles = await store.lock_bottles(
        connection, place.unit_id, [line.number for line in asked.lines if line.place == "bottle"]
    )
    holdings = await store.lock_holdings(
        connection, place.unit_id, [line.number for line in asked.lines if line.place == "holding"]
    )
    moves, lines, closes = [], [], []
    for line in asked.lines:
        if line.place == "bottle":
            bottle = bottles[line.number]
            amount_ug = _some(held_ug(line.amount, bottle.measure))
            store.enough(bottle.balance_ug, amount_ug)
            moves.append(Move(-amount_ug, bottle_id=bottle.bottle_id))
            if bottle.balance_ug == amount_ug and bottle.open:
                closes.append(bottle.bottle_id)
            where, of = f"batch {bottle.lot}, {bottle.name}", bottle
        else:
            holding = holdings[line.number]
            if holding.place == "transit":
                raise NotFound("that stock is on its way")
            amount_ug = _some(_of_holding(line.amount, holding))
            store.enough(holding.balance_ug, amount_ug)
            moves.append(Move(-amount_ug, holding_id=holding.holding_id))
            cabinet = f", {holding.cabinet_name}" if holding.cabinet_name else ""
            where, of = f"{holding.name}{cabinet}", holding
        lines.append(f"{amount_text(amount_ug, of.measure, of.product_name)}, {where}")
    verb = "Destrueres" if asked.kind == "destroyed" else "Gået i stykker"
    text = f"{verb}: {'; '.join(lines)}. Årsag: {reason}"
    return Said(asked.kind, text, tuple(moves), {}, {"reason": reason}, tuple(closes))


def _of_holding(amount: str, holding: store.Holding) -> int:
    if holding.package_ug is None:
        return held_ug(amount, holding.measure)
    if not whole_packages(amount) or not 0 < int(amount) <= MOST_PACKAGES:
        raise Unprocessable("whole packages", field="amount", slug="not-a-measure")
    return int(amount) * holding.package_ug


def whole_packages(text: str) -> bool:
    """Whether text is a number of packages; one of thousands of digits is not even read."""
    return len(text) <= MOST_DIGITS and text.isascii() and text.isdigit()


def _some(amount_ug: int) -> int:
    if amount_ug <= 0:
        raise Unprocessable("more than nothing", field="amount", slug="not-a-measure")
    return amount_ug


async def _brought_back(connection: AsyncConnection[Any], place: Place, asked: BroughtBack) -> Said:
    row = await (await connection.execute(MEDICINE, {"code": asked.product_code})).fetchone()
    if row is None:
        raise NotFound("no such product")
    here = {"person_id": asked.person_id, "unit_id": place.unit_id}
    merged = await store.one_value(connection, PERSON_HERE, **here)
    if merged is None:
        raise NotFound("no such person here")
    if merged:
        raise Conflict("this record was merged with another one", slug="merged-person")
    measure = Measure(row[2], row[3])
    amount_ug = _some(held_ug(asked.amount, measure))
    holding_id = await store.one_value(
        connection,
        store.HOLDING_HERE["returns"],
        unit_id=place.unit_id,
        product_code=asked.product_code,
    )
    reason = " ".join((asked.reason or "").split()) or None
    text = (
        f"Returneret af person {asked.person_id}: {amount_text(amount_ug, measure, row[1])}."
        " Udleveres ikke igen; afventer destruktion"
    ) + (f". Bemærkning: {reason}" if reason else "")
    return Said(
        "returned",
        text,
        (Move(amount_ug, holding_id=holding_id),),
        {"person": asked.person_id, "product": asked.product_code},
        {"person_id": asked.person_id, "reason": reason},
    )


async def _rest(connection: AsyncConnection[Any], place: Place, asked: Rest) -> Said:
    reason = written(asked.reason)
    of_here = {"reservation_id": asked.reservation_id, "unit_id": place.unit_id}
    await store.one_value(connection, LOCK_PERSON_OF, **of_here)
    found = await store.all_rows(connection, Glass, GLASS, **of_here)
    if not found:
        raise NotFound("no such hand-out here, or it has no end yet")
    glass: Glass = found[0]
    if glass.told:
        raise Conflict("the rest is accounted for already", slug="rest-told")
    if glass.rest_ug <= 0 or glass.reversed:
        raise Conflict("nothing was left of this hand-out", slug="no-rest")
    measure = Measure(glass.per, glass.strength_ug)
    wasted_ug = held_ug(asked.wasted, measure, "wasted")
    if wasted_ug > glass.rest_ug:
        raise Conflict("more than was left in the glass", slug="more-than-the-rest")
    back_ug = glass.rest_ug - wasted_ug
    if back_ug and glass.bottle_id is None:
        raise Conflict("there is no bottle to pour back into", slug="no-bottle")
    moves: tuple[Move, ...] = ()
    if back_ug and glass.bottle_id is not None:
        await store.lock_bottles(connection, place.unit_id, [glass.bottle_id])
        moves = (Move(back_ug, bottle_id=glass.bottle_id),)
    name = glass.product_name
    text = (
        f"Rest af udlevering {glass.reservation_id}: {amount_text(wasted_ug, measure, name)}"
        f" kasseres, {amount_text(back_ug, measure, name)} hældes tilbage. Årsag: {reason}"
    )
    return Said(
        "rest",
        text,
        moves,
        {"reservation": glass.reservation_id, "wasted_ug": wasted_ug},
        {"reservation_id": glass.reservation_id, "wasted_ug": wasted_ug, "reason": reason},
    )


async def text_of(wiring: Wiring, token: str | None, asked: Asked) -> tuple[str, str]:
    """What the act will say, and its hash in hex: both persons read it before they sign.

    Writes nothing. Raises the domain errors of the act itself.
    """
    return await shown(wiring, token, lambda connection, place: said(connection, place, asked))


async def shown(
    wiring: Wiring,
    token: str | None,
    say: Callable[[AsyncConnection[Any], Place], Awaitable[Said]],
) -> tuple[str, str]:
    """The text of an act that is not done yet, and its hash; everything is undone."""
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*HANDLES_STOCK)
        row = await (
            await connection.execute(
                "SELECT clock_timestamp(), (clock_timestamp() AT TIME ZONE zone)::date"
                " FROM unit WHERE unit_id = %s",
                (actor.unit_id,),
            )
        ).fetchone()
        if row is None:
            raise NotFound("the unit is gone")
        told = await say(connection, Place(row[0], row[1], actor.unit_id, 0))
        await connection.rollback()
    return told.text, text_sha256(told.text).hex()


def seen_hash(seen_sha256: str) -> bytes:
    """The hash of what was shown, from hex. Raises Unprocessable."""
    try:
        value = bytes.fromhex(seen_sha256)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise Unprocessable("send the hash of the text that was shown", field="seen_sha256")
    return value


async def dispose(
    wiring: Wiring,
    token: str,
    asked: Asked,
    seen_sha256: str,
    credentials: Credentials | None,
    key: str,
) -> UnitAnswer:
    """Do the act with a witness. Raises as ``witnessed_by`` and ``said`` do; each no is recorded.

    The witness's password is no part of the stored request: a repeated key proves it again.
    """
    seen = seen_hash(seen_sha256)
    proof = await prove(wiring, credentials)
    username = credentials.username.strip().lower() if credentials is not None else None

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        told = await said(connection, place, asked)
        witness = await witnessed_by(connection, actor, proof, told.text, seen)
        return write(await store.next_act(connection), told, actor, place, witness)

    request = [asked, seen_sha256, username]
    kind = asked.kind if isinstance(asked, Waste) else type(asked).__name__.lower()
    return await act_at_unit(
        wiring, token, key, f"stock {kind}", request, build, roles=HANDLES_STOCK
    )


def write(
    act_id: int, told: Said, actor: Actor, place: Place, witness: Witness | None
) -> UnitWriting:
    """The rows and the entry of an act that was read out and signed."""
    columns = dict(told.columns)
    reason = columns.pop("reason", None)
    act = StockAct(
        act_id,
        told.kind,
        place.unit_id,
        actor.staff_id,
        place.on,
        place.at,
        witness,
        str(reason) if reason is not None else None,
    )
    closing: Sequence[Statement] = [
        (store.CLOSE_BOTTLE, {"bottle_id": bottle_id, "at": place.at}) for bottle_id in told.closes
    ]
    statements = [
        store.act_statement(act, **columns),
        *store.move_statements(act, told.moves),
        *closing,
    ]
    answer = {
        "act_id": act_id,
        "kind": told.kind,
        "text": told.text,
        "witnessed_by": witness.staff_id if witness else None,
    }
    facts = told.facts | {"text": told.text, "closes": list(told.closes)}
    entry = entries.act_entry(act, told.moves, facts)
    return UnitWriting(answer, tuple(statements), (entry,), status=201)
