"""A number for each person of the demonstration, such as nobody has: the day raised by sixty.

Drawn by order and birth date, not by chance: with the same keys the same people have the same
bytes, since the cipher is deterministic (docs/decisions/0010).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from dispensing.demo.rows import Rows
from dispensing.demo.state import Person
from dispensing.number_keys import NumberKeys
from dispensing.persons.number import synthetic_number


def write_numbers(rows: Rows, people: Sequence[Person], keys: NumberKeys, start: date) -> None:
    """One sealed number for each person, and its hash under each pepper."""
    before: Counter[date] = Counter()
    recorded_at = datetime.combine(start, time(6), UTC)
    for identifier_id, person in enumerate(people, start=1):
        number = synthetic_number(person.born_on, 1000 + before[person.born_on])
        before[person.born_on] += 1
        version, ciphertext = keys.seal(number.text, person.person_id, number.kind)
        rows.add(
            "person_identifier",
            identifier_id,
            person.person_id,
            number.kind,
            ciphertext,
            version,
            person.enrolled_on,
            recorded_at,
        )
        for pepper_version, value in sorted(keys.lookup_hashes(number.text).items()):
            rows.add("identifier_hash", pepper_version, value, identifier_id)
