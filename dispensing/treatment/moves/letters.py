"""Letters: written down as things stand, signed, and printed; each print is an entry."""

from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg import AsyncConnection

from dispensing.counter.outcome import Outcome, Statement
from dispensing.errors import NotFound
from dispensing.looks import look_entry, record_view
from dispensing.people.sessions import Actor, load_actor
from dispensing.treatment.deciding import READERS, Decided, Deciding, decide, words
from dispensing.treatment.moves import entries
from dispensing.treatment.moves.going import LONGEST_NAME, LONGEST_PHONE, short
from dispensing.treatment.moves.letter import CASE, LETTER, Letter, letter_from
from dispensing.treatment.moves.letter_pdf import letter_pdf
from dispensing.wiring import Wiring

RECORD = """
INSERT INTO move_letter (letter_id, person_id, unit_id, to_name, content, written_by, written_at)
OVERRIDING SYSTEM VALUE
VALUES (%(letter_id)s, %(person_id)s, %(unit_id)s, %(to_name)s, %(content)s, %(staff_id)s, %(at)s)
"""
# The wall lets through what was written here, of people who come here, or is offered to here.
FIND = "SELECT person_id, content::text FROM move_letter WHERE letter_id = %(letter_id)s"


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom a letter goes, with its phone, and what is said beside the facts."""

    to_name: str
    to_phone: str | None = None
    note: str | None = None


async def write_letter(
    wiring: Wiring, token: str, person_id: int, asked: Addressed, key: str
) -> Outcome:
    """Write a letter as things stand now. Raises Unprocessable; see ``decide``."""
    to = (
        short(asked.to_name, "to_name", LONGEST_NAME),
        None if asked.to_phone is None else short(asked.to_phone, "to_phone", LONGEST_PHONE),
    )
    note = words(asked.note, "letter_note", needed=False)

    def build(case: Deciding) -> Decided:
        assert case.found is not None, "the person is locked"
        letter_id, told, home = case.found
        letter = letter_from(case, told, home, to, note)
        statement = recorded(case, letter_id, letter)
        entry = entries.letter_written(case.act(), letter_id=letter_id, to_name=to[0])
        return Decided((statement,), (entry,))

    return await decide(
        wiring,
        token,
        person_id,
        key,
        "move letter",
        msgspec.to_builtins(asked),
        build,
        roles=READERS,
        also=(CASE, {"person_id": person_id}),
    )


def recorded(case: Deciding, letter_id: int, letter: Letter) -> Statement:
    """The letter as it is kept."""
    row: dict[str, Any] = {
        "letter_id": letter_id,
        "to_name": letter.to_name,
        "content": msgspec.json.encode(letter).decode(),
    }
    return RECORD, case.signed | row


async def letter_kept(connection: AsyncConnection[Any], letter_id: int) -> tuple[int, Letter]:
    """Whose a letter is, and the letter. Raises NotFound behind the wall."""
    row = await (await connection.execute(FIND, {"letter_id": letter_id})).fetchone()
    if row is None:
        raise NotFound("no such letter here")
    return row[0], LETTER.decode(row[1])


async def print_letter(wiring: Wiring, token: str | None, letter_id: int) -> bytes:
    """The letter as PDF; the print is an entry. Nurses and doctors. Raises NotFound."""
    async with wiring.pool.connection() as connection:
        actor: Actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*READERS)
        person_id, letter = await letter_kept(connection, letter_id)
        viewed = look_entry(actor, person_id, "move-letter", letter=letter_id)
        await record_view(wiring, connection, actor, viewed)
        await connection.commit()
    return letter_pdf(letter)
