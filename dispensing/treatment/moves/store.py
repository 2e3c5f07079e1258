"""Where a person is and was, what is offered, and which letters were written, in one document."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection

from dispensing.counter.away import Place
from dispensing.treatment.deciding import Treated
from dispensing.treatment.moves.returning import Coverage

Answer = Literal["accepted", "declined", "withdrawn"]
BY = "left(s.given_name, 1) || '. ' || s.family_name"
MINE = "{row}.person_id = ANY (p.person_id || p.also_ids)"
RETURN_JSON = f"""json_build_object('coverage', b.coverage, 'from_on', b.from_on,
    'until_on', b.until_on, 'product', d.name, 'daily_ug', b.daily_ug, 'last_at', b.last_at,
    'rest_known', b.rest_known, 'unknown_through', b.unknown_through, 'told_by', b.told_by,
    'dose_note', b.dose_note, 'recorded_at', b.recorded_at, 'by', {BY})"""
OFFER_JSON = f"""json_build_object('offer_id', o.offer_id, 'person_id', o.person_id,
    'from_unit', f.name, 'to_unit', t.name, 'from_unit_id', o.unit_id,
    'to_unit_id', o.to_unit_id, 'letter_id', o.letter_id, 'reason', o.reason,
    'offered_at', o.offered_at, 'by', {BY}, 'answer', a.answer, 'answer_reason', a.reason,
    'answered_at', a.answered_at, 'phone', f.phone, 'waits', move_offer_open(o.offer_id))"""
OFFER_FROM = """move_offer o JOIN unit f ON f.unit_id = o.unit_id
    JOIN unit t ON t.unit_id = o.to_unit_id JOIN staff s ON s.staff_id = o.offered_by
    LEFT JOIN move_answer a ON a.offer_id = o.offer_id"""
LOAD = f"""
SELECT json_build_object(
    'away', (SELECT coalesce(min(w.away_id), 0) FROM person w
        WHERE w.person_id = ANY (p.person_id || p.also_ids)),
    'zone', u.zone,
    'holder', (SELECT h.name FROM unit h
        WHERE h.unit_id = coalesce(p.right_holder_unit_id, p.unit_id)),
    'stays', (SELECT coalesce(json_agg(json_build_object('away_id', a.away_id, 'place', a.place,
        'name', a.name, 'phone', a.phone, 'told_by', a.told_by, 'since_at', a.since_at,
        'expected_on', a.expected_on, 'gives', a.gives, 'note', a.note,
        'home_doses', a.home_doses, 'recorded_at', a.recorded_at, 'by', {BY},
        'back', (SELECT {RETURN_JSON} FROM away_return b
            JOIN staff s ON s.staff_id = b.recorded_by
            LEFT JOIN product d ON d.code = b.product_code WHERE b.away_id = a.away_id))
        ORDER BY a.away_id DESC), '[]')
        FROM away a JOIN staff s ON s.staff_id = a.recorded_by WHERE {MINE.format(row="a")}),
    'offers', (SELECT coalesce(json_agg({OFFER_JSON} ORDER BY o.offer_id DESC), '[]')
        FROM {OFFER_FROM} WHERE {MINE.format(row="o")}),
    'letters', (SELECT coalesce(json_agg(json_build_object('letter_id', l.letter_id,
        'to_name', l.to_name, 'written_at', l.written_at, 'by', {BY})
        ORDER BY l.letter_id DESC), '[]')
        FROM move_letter l JOIN staff s ON s.staff_id = l.written_by
        WHERE {MINE.format(row="l")}),
    'products', (SELECT json_agg(json_build_array(d.code, d.name) ORDER BY d.name) FROM product d),
    'units', (SELECT coalesce(json_agg(json_build_array(n.unit_id, n.name) ORDER BY n.name), '[]')
        FROM unit n WHERE n.kind <> 'pharmacy' AND n.unit_id <> p.unit_id),
    'indkald', (SELECT coalesce(json_agg(DISTINCT x.day ORDER BY x.day), '[]')
        FROM indkald i, unnest(i.days) AS x (day) WHERE i.person_id = p.person_id
        AND i.state IN ('planned', 'running') AND x.day >= %(today)s))::text
FROM person p JOIN unit u ON u.unit_id = p.unit_id WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class Returned:
    """What was told of a stay when it ended."""

    coverage: Coverage
    from_on: date | None
    until_on: date | None
    product: str | None
    daily_ug: int | None
    last_at: datetime | None
    rest_known: bool
    unknown_through: date | None
    told_by: str
    dose_note: str | None
    recorded_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay at a place outside the service; it lasts while ``back`` is None."""

    away_id: int
    place: Place
    name: str
    phone: str | None
    told_by: str
    since_at: datetime
    expected_on: date | None
    gives: bool | None
    note: str | None
    home_doses: int
    recorded_at: datetime
    by: str
    back: Returned | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A treatment offered to another unit.

    Where ``waits`` is false and ``answer`` None it is over by itself: the person was discharged,
    died, moved otherwise or began another course since.
    """

    offer_id: int
    person_id: int
    from_unit: str
    to_unit: str
    from_unit_id: int
    to_unit_id: int
    letter_id: int
    reason: str
    offered_at: datetime
    by: str
    answer: Answer | None
    answer_reason: str | None
    answered_at: datetime | None
    phone: str | None
    waits: bool


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter that was written."""

    letter_id: int
    to_name: str
    written_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Where a person is and was; newest first. ``holder`` has the right when nobody is away."""

    away: int
    zone: str
    holder: str
    stays: tuple[Stay, ...]
    offers: tuple[Offer, ...]
    letters: tuple[LetterLine, ...]
    products: tuple[tuple[str, str], ...]
    units: tuple[tuple[int, str], ...]
    indkald: tuple[date, ...]

    @property
    def now(self) -> Stay | None:
        """The stay that lasts."""
        return next((one for one in self.stays if one.away_id == self.away), None)

    @property
    def offer(self) -> Offer | None:
        """The offer that waits."""
        return next((one for one in self.offers if one.waits), None)


_MOVES = msgspec.json.Decoder(Moves)


async def load_moves(connection: AsyncConnection[Any], seen: Treated) -> Moves:
    """The moves of a person who is shown: ``seen`` says that the look was recorded."""
    asked = {"person_id": seen.desk.person_id, "today": seen.desk.on}
    row = await (await connection.execute(LOAD, asked)).fetchone()
    assert row is not None, "seen"
    return _MOVES.decode(row[0])
