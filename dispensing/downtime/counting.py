"""The one place where leaving a downtime asks whether the stock has been counted.

Stock counts belong to the stock area. Until a unit counts there, a count after a downtime is told
here: by whom it was witnessed and what it showed. Whoever builds counts with two persons replaces
``counted``; nothing else in this area knows how a count is made.
"""

from dispensing.errors import Unprocessable

LEAST_LETTERS = 3


def counted(counter_id: int, witness_id: int, said: str) -> str:
    """What the count showed, as written. Raises Unprocessable without a second person or a text."""
    if witness_id == counter_id:
        raise Unprocessable("another person witnesses the count", field="count_witness")
    text = said.strip()
    if len(text) < LEAST_LETTERS:
        raise Unprocessable("write what the count showed", field="count_note")
    return text
