"""The blind count at a shift's start and end, and the explanation of what differs.

Whoever counts is not shown what the records say; the difference appears afterwards. It stays open
until somebody explains it: above the measuring uncertainty together with a second person. Only that
signed act changes a balance, and it may also leave it, when the count was the mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import AsyncConnection

from dispensing.errors import CannotDecide, Conflict, NotFound, Unprocessable
from dispensing.people.sessions import Actor
from dispensing.people.witness import Credentials, prove, text_sha256, witnessed_by
from dispensing.stock import entries, store
from dispensing.stock.entries import Move
from dispensing.stock.measures import Measure, held_ug, measured_text, tolerance_ug
from dispensing.stock.packages import HANDLES_STOCK, own_cabinet
from dispensing.stock.store import Holding, OpenBottle
from dispensing.stock.waste import Said, seen_hash, shown, whole_packages, write, written
from dispensing.unit_acts import Place, UnitAnswer, UnitWriting, act_at_unit
from dispensing.wiring import Wiring
from dosing_rules.amounts import mg_text

MOST_COUNTED_PACKAGES = 100_000
OWN_COUNTER = "SELECT 1 FROM counter WHERE counter_id = %(counter_id)s AND unit_id = %(unit_id)s"
BOOK_IN_FORCE = """
SELECT book_id FROM unit_rule_book WHERE unit_id = %(unit_id)s AND from_on <= %(on)s
ORDER BY from_on DESC LIMIT 1
"""
RECORD_COUNT = """
INSERT INTO stock_count (count_id, unit_id, counter_id, cabinet_id, shift, day, counted_by,
    counted_at)
VALUES (%(count_id)s, %(unit_id)s, %(counter_id)s, %(cabinet_id)s, %(shift)s, %(day)s,
    %(staff_id)s, %(at)s)
"""
RECORD_LINE = """
INSERT INTO stock_count_line (count_id, line, bottle_id, holding_id, counted_ug, book_ug,
    tolerance_ug)
VALUES (%(count_id)s, %(line)s, %(bottle_id)s, %(holding_id)s, %(counted_ug)s, %(book_ug)s,
    %(tolerance_ug)s)
"""
EXPLAIN = """
INSERT INTO stock_explanation (count_id, line, act_id)
VALUES (%(count_id)s, %(line)s, %(act_id)s)
"""
# ``adjusted_since``: the records of the place followed a count after this one was taken.
# ``alone_ug``: what single persons have adjusted it by since two people last signed, either way.
LINE = """
SELECT c.unit_id, c.counted_by, l.bottle_id, l.holding_id, l.counted_ug, l.book_ug, l.tolerance_ug,
    EXISTS (SELECT 1 FROM stock_explanation e WHERE e.count_id = l.count_id AND e.line = l.line)
        AS explained,
    EXISTS (SELECT 1 FROM stock_movement m WHERE m.kind = 'adjusted'
        AND (m.bottle_id = l.bottle_id OR m.holding_id = l.holding_id)
        AND m.moved_at >= c.counted_at) AS adjusted_since,
    (SELECT coalesce(sum(abs(m.delta_ug)), 0) FROM stock_movement m JOIN stock_act a USING (act_id)
        WHERE m.kind = 'adjusted' AND a.witnessed_by IS NULL
        AND (m.bottle_id = l.bottle_id OR m.holding_id = l.holding_id)
        AND NOT EXISTS (SELECT 1 FROM stock_movement w JOIN stock_act b ON b.act_id = w.act_id
            WHERE w.kind = 'adjusted' AND b.witnessed_by IS NOT NULL AND b.act_id > a.act_id
            AND (w.bottle_id = l.bottle_id OR w.holding_id = l.holding_id)))::bigint AS alone_ug,
    p.name AS product_name, p.per, p.strength_ug
FROM stock_count_line l JOIN stock_count c USING (count_id)
LEFT JOIN bottle b ON b.bottle_id = l.bottle_id LEFT JOIN holding h ON h.holding_id = l.holding_id
JOIN product p ON p.code = coalesce(b.product_code, h.product_code)
WHERE l.count_id = %(count_id)s AND l.line = %(line)s
"""


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted at a counter (ml or pieces per bottle) or in a cabinet (packages).

    ``counted`` is text by the number of the bottle or holding, every one of the place.
    """

    place: Literal["counter", "cabinet"]
    number: int
    shift: Literal["start", "end"]
    counted: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one line of a count differs, and whether the records follow the count."""

    count_id: int
    line: int
    reason: str
    adjust: bool


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One line of a count as recorded."""

    unit_id: int
    counted_by: int
    bottle_id: int | None
    holding_id: int | None
    counted_ug: int
    book_ug: int
    tolerance_ug: int
    explained: bool
    adjusted_since: bool
    alone_ug: int
    product_name: str
    per: str
    strength_ug: int

    @property
    def difference_ug(self) -> int:
        return self.counted_ug - self.book_ug

    def needs_witness(self, adjust: bool) -> bool:
        """Whether the difference is more than measuring explains.

        With it counts what was adjusted alone before: the uncertainty is not had anew each day.
        """
        alone_ug = self.alone_ug if adjust else 0
        return abs(self.difference_ug) + alone_ug > self.tolerance_ug


async def places_of(
    connection: AsyncConnection[Any], place: Place, kind: str, number: int
) -> list[OpenBottle] | list[Holding]:
    """Every bottle or holding of a counter or cabinet of the unit, locked. Raises NotFound."""
    if kind == "counter":
        asked = {"counter_id": number, "unit_id": place.unit_id}
        if await store.one_value(connection, OWN_COUNTER, **asked) is None:
            raise NotFound("no such counter here")
        return await store.all_rows(connection, OpenBottle, store.LOCK_COUNTER, **asked)
    await own_cabinet(connection, number, place)
    asked = {"cabinet_id": number, "unit_id": place.unit_id}
    return await store.all_rows(connection, Holding, store.LOCK_CABINET, **asked)


def number_of(row: OpenBottle | Holding) -> int:
    """The number a place is counted under."""
    return row.bottle_id if isinstance(row, OpenBottle) else row.holding_id


def _counted_ug(text: str, row: OpenBottle | Holding) -> int:
    if isinstance(row, OpenBottle):
        return held_ug(text, row.measure, f"counted-{row.bottle_id}")
    field = f"counted-{row.holding_id}"
    if not whole_packages(text) or int(text) > MOST_COUNTED_PACKAGES:
        raise Unprocessable("whole packages", field=field, slug="not-a-measure")
    return int(text) * (row.package_ug or 0)


async def count(wiring: Wiring, token: str, counted: Count, key: str) -> UnitAnswer:
    """Record a blind count; the answer is the first to say what the records say.

    Raises Unprocessable for an unreadable number, Conflict ``count-incomplete`` unless exactly the
    places that stand there are counted, NotFound for another unit's place, and CannotDecide when
    no rule book tells the measuring uncertainty.
    """

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        rows = await places_of(connection, place, counted.place, counted.number)
        place = await store.at_this_moment(connection, place)
        if {number_of(row) for row in rows} != set(counted.counted):
            raise Conflict("count what stands here now, all of it", slug="count-incomplete")
        book_id = await store.one_value(
            connection, BOOK_IN_FORCE, unit_id=place.unit_id, on=place.on
        )
        if book_id is None:
            raise CannotDecide("no rule book is in force for this unit")
        uncertainty_ul = wiring.book(book_id).count_tolerance_ul
        count_id = int(await store.one_value(connection, "SELECT nextval('stock_count_id_seq')"))
        lines = []
        for line, row in enumerate(rows, 1):
            allowed = tolerance_ug(uncertainty_ul, row.measure)
            whole = isinstance(row, Holding) and row.package_ug is not None
            lines.append(
                {
                    "count_id": count_id,
                    "line": line,
                    "bottle_id": row.bottle_id if isinstance(row, OpenBottle) else None,
                    "holding_id": row.holding_id if isinstance(row, Holding) else None,
                    "counted_ug": _counted_ug(counted.counted[number_of(row)], row),
                    "book_ug": row.balance_ug,
                    "tolerance_ug": 0 if whole else allowed,
                }
            )
        return _counted(count_id, counted, lines, actor, place)

    asked = [counted.place, counted.number, counted.shift, sorted(counted.counted.items())]
    return await act_at_unit(wiring, token, key, "stock count", asked, build, roles=HANDLES_STOCK)


def _counted(
    count_id: int, counted: Count, lines: list[dict[str, Any]], actor: Actor, place: Place
) -> UnitWriting:
    at_counter = counted.place == "counter"
    header = {
        "count_id": count_id,
        "unit_id": place.unit_id,
        "counter_id": counted.number if at_counter else None,
        "cabinet_id": None if at_counter else counted.number,
        "shift": counted.shift,
        "day": place.on,
        "staff_id": actor.staff_id,
        "at": place.at,
    }
    kind = "bottle" if at_counter else "holding"
    told = [
        [
            one["line"],
            kind,
            one[f"{kind}_id"],
            one["counted_ug"],
            one["book_ug"],
            one["tolerance_ug"],
        ]
        for one in lines
    ]
    entry = entries.counted(
        unit_id=place.unit_id,
        actor_id=actor.staff_id,
        on=place.on,
        at=place.at,
        count_id=count_id,
        place=(counted.place, counted.number),
        shift=counted.shift,
        lines=told,
    )
    answer = {
        "count_id": count_id,
        "lines": [
            {
                "line": one["line"],
                "bottle_id": one["bottle_id"],
                "holding_id": one["holding_id"],
                "counted_ug": one["counted_ug"],
                "book_ug": one["book_ug"],
                "difference_ug": one["counted_ug"] - one["book_ug"],
                "needs_witness": abs(one["counted_ug"] - one["book_ug"]) > one["tolerance_ug"],
            }
            for one in lines
        ],
    }
    statements = ((RECORD_COUNT, header), *((RECORD_LINE, line) for line in lines))
    return UnitWriting(answer, statements, (entry,), status=201)


async def load_line(
    connection: AsyncConnection[Any], place: Place, count_id: int, line: int
) -> CountedLine:
    """One line of a count of the unit. Raises NotFound."""
    rows = await store.all_rows(connection, CountedLine, LINE, count_id=count_id, line=line)
    if not rows or rows[0].unit_id != place.unit_id:
        raise NotFound("no such count here")
    return rows[0]


async def _said(
    connection: AsyncConnection[Any], place: Place, asked: Explanation
) -> tuple[Said, CountedLine]:
    reason = written(asked.reason)
    found = await load_line(connection, place, asked.count_id, asked.line)
    if found.explained:
        raise Conflict("the difference is explained already", slug="already-explained")
    if found.difference_ug == 0:
        raise Conflict("count and records agree", slug="nothing-to-explain")
    measure = Measure(found.per, found.strength_ug)
    moves: tuple[Move, ...] = ()
    if asked.adjust:
        moves = await _adjustment(connection, place, found)
        # Under the place's lock: what others adjusted is known now.
        found = await load_line(connection, place, asked.count_id, asked.line)
        if found.explained:
            raise Conflict("the difference is explained already", slug="already-explained")
        if found.adjusted_since:
            raise Conflict(
                "the records of this place followed another count since: count it again, or"
                " explain without adjusting",
                slug="adjusted-since",
            )
    follow = "regnskabet rettes" if asked.adjust else "regnskabet står ved magt"
    sign = "+" if found.difference_ug > 0 else "-"
    text = (
        f"Optælling {asked.count_id}, linje {asked.line}: {found.product_name}, talt"
        f" {measured_text(found.counted_ug, measure)}, regnskab"
        f" {measured_text(found.book_ug, measure)}, forskel {sign}"
        f"{mg_text(abs(found.difference_ug))} mg; {follow}. Forklaring: {reason}"
    )
    facts: dict[str, object] = {"count": asked.count_id, "line": asked.line}
    kind = "adjusted" if asked.adjust else "explained"
    return Said(kind, text, moves, facts, {"reason": reason}), found


async def _adjustment(
    connection: AsyncConnection[Any], place: Place, found: CountedLine
) -> tuple[Move, ...]:
    """The difference of then, applied to the balance of now: what was handed out since stays."""
    row: OpenBottle | Holding
    if found.bottle_id is not None:
        row = (await store.lock_bottles(connection, place.unit_id, [found.bottle_id]))[
            found.bottle_id
        ]
    else:
        wanted = found.holding_id or 0
        row = (await store.lock_holdings(connection, place.unit_id, [wanted]))[wanted]
    if row.balance_ug + found.difference_ug < 0:
        raise Conflict("the place holds less than that by now", slug="stock-too-low")
    return (Move(found.difference_ug, bottle_id=found.bottle_id, holding_id=found.holding_id),)


async def explanation_text(
    wiring: Wiring, token: str | None, asked: Explanation
) -> tuple[str, str]:
    """What the explanation will say, and its hash; writes nothing."""

    async def say(connection: AsyncConnection[Any], place: Place) -> Said:
        return (await _said(connection, place, asked))[0]

    return await shown(wiring, token, say)


async def explain(
    wiring: Wiring,
    token: str,
    asked: Explanation,
    seen_sha256: str,
    credentials: Credentials | None,
    key: str,
) -> UnitAnswer:
    """Explain a difference; a witness signs when it is more than measuring explains, and may sign
    any. Raises as ``witnessed_by`` does, each no recorded."""
    seen = seen_hash(seen_sha256)
    proof = await prove(wiring, credentials)

    async def build(connection: AsyncConnection[Any], actor: Actor, place: Place) -> UnitWriting:
        told, found = await _said(connection, place, asked)
        # Of two who waited for one lock the order of the moments is the order of the acts.
        place = await store.at_this_moment(connection, place)
        witness = None
        if found.needs_witness(asked.adjust) or credentials is not None:
            witness = await witnessed_by(connection, actor, proof, told.text, seen)
        elif text_sha256(told.text) != seen:
            raise Conflict("the text is another than was shown", slug="stale-page")
        writing = write(await store.next_act(connection), told, actor, place, witness)
        explained = {
            "count_id": asked.count_id,
            "line": asked.line,
            "act_id": writing.answer["act_id"],
        }
        statements = (*writing.statements, (EXPLAIN, explained))
        return UnitWriting(writing.answer, statements, writing.entries, writing.status)

    username = credentials.username.strip().lower() if credentials is not None else None
    request = [asked, seen_sha256, username]
    return await act_at_unit(
        wiring, token, key, "stock explain", request, build, roles=HANDLES_STOCK
    )
