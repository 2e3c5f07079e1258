"""What decisions about a unit write in its ledger. They concern no person."""

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
