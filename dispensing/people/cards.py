"""Staff cards: a code that a scanner types, kept as a keyed hash. A card alone opens nothing."""

import hashlib
import hmac
import re
from typing import Any

from psycopg import AsyncConnection

from dispensing.errors import NotSignedIn, Unprocessable
from dispensing.people.sessions import House

# M for medarbejder; K is a person in treatment, B a bottle. Long enough that nobody guesses one.
CARD = re.compile(r"M-[0-9A-Z]{8,40}", re.ASCII)

FIND = """
SELECT k.staff_id FROM staff_card k JOIN staff s USING (staff_id)
WHERE k.card_hash = %(card_hash)s AND k.ended_at IS NULL AND s.ended_at IS NULL
"""


def card_hash(secret: bytes, code: str) -> bytes:
    """What the database keeps of a card's code. Raises Unprocessable for what is no code."""
    code = code.strip().upper()
    if not CARD.fullmatch(code):
        raise Unprocessable("a staff card's code is M- and 8 to 40 letters or digits", field="card")
    return hmac.new(secret, b"card\0" + code.encode(), hashlib.sha256).digest()


async def staff_of_card(house: House, connection: AsyncConnection[Any], code: str) -> int:
    """Whose card this is. Raises NotSignedIn for an unknown, ended or unreadable one."""
    try:
        hashed = card_hash(house.secret, code)
    except Unprocessable:
        raise NotSignedIn("this is no staff card in use", slug="unknown-card") from None
    row = await (await connection.execute(FIND, {"card_hash": hashed})).fetchone()
    if row is None:
        raise NotSignedIn("this is no staff card in use", slug="unknown-card")
    return int(row[0])
