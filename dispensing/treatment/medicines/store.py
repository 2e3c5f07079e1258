"""What is kept of a person's other medicine, as the acts and pages read it.

Read for a record and those merged into it: until a list is written after the merge, what either of
them says counts. Whoever reads has been asked whether they may, and the wall of rows asks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.treatment.sedatives.load import Source

_BY = "left(f.given_name, 1) || '. ' || f.family_name"
_LIST = f"""json_build_object('version', l.version, 'on', l.recorded_on, 'note', l.note,
    'by', {_BY}, 'items', coalesce((SELECT json_agg(json_build_object('atc', i.atc,
        'name', i.name, 'dose', i.dose, 'source', i.source, 'since_on', i.since_on,
        'stopped_on', i.stopped_on) ORDER BY i.item_no) FROM medicine_item i
        WHERE (i.person_id, i.version) = (l.person_id, l.version)), '[]'))"""
KEPT = f"""
WITH mine AS (SELECT person_id, person_id || also_ids AS ids, merged_at FROM person
    WHERE person_id = %(person_id)s),
newest AS (SELECT DISTINCT ON (l.person_id) l.* FROM medicine_list l, mine
    WHERE l.person_id = ANY (mine.ids) ORDER BY l.person_id, l.version DESC)
SELECT json_build_object(
  'version', coalesce((SELECT max(l.version) FROM medicine_list l
      WHERE l.person_id = mine.person_id), 0),
  -- Written after the two records were known to be one human: it says all.
  'lists', coalesce((SELECT json_agg({_LIST} ORDER BY l.recorded_at DESC)
      FROM newest l JOIN staff f ON f.staff_id = l.recorded_by
      WHERE mine.merged_at IS NULL OR l.recorded_at > mine.merged_at
      OR NOT EXISTS (SELECT FROM newest o WHERE o.recorded_at > mine.merged_at)), '[]')
)::text FROM mine
"""
BEFORE = f"""
SELECT coalesce(json_agg(o.one ORDER BY o.recorded_at DESC), '[]')::text FROM (
    SELECT l.recorded_at, {_LIST} AS one FROM person p
    JOIN medicine_list l ON l.person_id = ANY (p.person_id || p.also_ids)
    JOIN staff f ON f.staff_id = l.recorded_by WHERE p.person_id = %(person_id)s
    ORDER BY l.recorded_at DESC LIMIT 20) o
"""
ADD_LIST = """
INSERT INTO medicine_list (person_id, version, unit_id, recorded_on, note, recorded_by, recorded_at)
VALUES (%(person_id)s, %(version)s, %(unit_id)s, %(on)s, %(note)s, %(staff_id)s, %(at)s)
"""
ADD_ITEM = """
INSERT INTO medicine_item (person_id, version, unit_id, item_no, atc, name, dose, source, since_on,
    stopped_on)
VALUES (%(person_id)s, %(version)s, %(unit_id)s, %(item_no)s, %(atc)s, %(name)s, %(dose)s,
    %(source)s, %(since_on)s, %(stopped_on)s)
"""
SET_CARE = """
INSERT INTO care (person_id, medicines) VALUES (%(person_id)s, %(medicines)s)
ON CONFLICT (person_id) DO UPDATE SET medicines = excluded.medicines
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One medicine of a list. ``atc`` None: nobody knows which it is. ``dose`` in the words used.

    ``since_on``: taken since then, as far as known; with ``stopped_on`` it is no longer taken.
    """

    atc: str | None
    name: str
    dose: str | None
    source: Source
    since_on: date | None = None
    stopped_on: date | None = None

    @property
    def mark(self) -> str:
        """What tells it from the others of a list: its code, or its name where it has none."""
        return self.atc or self.name.casefold()


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it was written: everything that was taken on that day, as far as was known."""

    version: int
    on: date
    note: str | None
    by: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The lists that count, the newest first; ``version`` is the record's own newest, 0 for none.

    More than one where records were merged and nobody has written a list since.
    """

    version: int
    lists: tuple[Listed, ...]

    @property
    def items(self) -> tuple[Item, ...] | None:
        """What is taken, and what was stopped; None where nobody ever wrote a list.

        Of a medicine on two lists it is the one still taken, else the newer.
        """
        if not self.lists:
            return None
        found: dict[str, Item] = {}
        for item in [one for each in self.lists for one in each.items]:
            known = found.get(item.mark)
            if known is None or (known.stopped_on is not None and item.stopped_on is None):
                found[item.mark] = item
        return tuple(found.values())

    @property
    def taken(self) -> tuple[Item, ...]:
        """What is still taken."""
        return tuple([one for one in self.items or () if one.stopped_on is None])

    @property
    def stopped(self) -> tuple[Item, ...]:
        """What was stopped, as long as it is told."""
        return tuple([one for one in self.items or () if one.stopped_on is not None])


DECODER = msgspec.json.Decoder(Kept)
_BEFORE = msgspec.json.Decoder(tuple[Listed, ...])


async def kept_of(connection: AsyncConnection[Any], person_id: int) -> Kept:
    """All that counts of somebody the caller may see."""
    row = await (await connection.execute(KEPT, {"person_id": person_id})).fetchone()
    return DECODER.decode(row[0]) if row else Kept(0, ())


async def before(connection: AsyncConnection[Any], person_id: int) -> Sequence[Listed]:
    """The latest lists, the newest first."""
    row = await (await connection.execute(BEFORE, {"person_id": person_id})).fetchone()
    return _BEFORE.decode(row[0]) if row else ()
