"""What decisions about a unit write in its ledger. They concern no person."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from audit.ledger.entry import Entry


def rule_book_adopted(
    unit_id: int,
    actor_id: int | None,
    on: date,
    at: datetime,
    *,
    from_on: date,
    book: tuple[str, str],
) -> Entry:
    """From a day on the unit decides by this book: id and SHA-256 of its bytes."""
    return Entry(
        kind="rule-book-adopted",
        unit_id=unit_id,
        actor_id=actor_id,
        on=on,
        facts={"at": at.isoformat(), "from_on": from_on.isoformat(), "book": list(book)},
    )


def calendar_set(
    unit_id: int,
    actor_id: int | None,
    on: date,
    at: datetime,
    *,
    closed: Mapping[date, str],
    opened: Sequence[date] = (),
    reason: str | None = None,
) -> Entry:
    """Days on which the unit is closed, with their names, and days that are open again.

    Days that are not named stay as they were. ``reason`` is told where today is one of them.
    """
    facts: dict[str, object] = {
        "at": at.isoformat(),
        "closed": {day.isoformat(): name for day, name in closed.items()},
        "opened": [day.isoformat() for day in opened],
    }
    if reason:
        facts["reason"] = reason
    return Entry(kind="calendar-set", unit_id=unit_id, actor_id=actor_id, on=on, facts=facts)
