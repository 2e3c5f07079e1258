"""What downtime writes in the ledger: lists, the downtime itself, paper rows, conflicts, the right.

Doses had from paper are told in the counter's own kinds (``handout-reserved``, ``handout-given``),
with ``source`` paper, so that a replay needs to know no other hand-out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of


def list_made(
    *,
    unit_id: int,
    actor_id: int | None,
    on: date,
    at: datetime,
    serial: int,
    valid: tuple[datetime, datetime],
    counts: tuple[int, int],
    hashes: tuple[bytes, bytes],
    checkpoint: tuple[int, int, bytes],
) -> Entry:
    """A list was made. ``counts`` are rows and rows to give; ``hashes`` of the rows and the PDF.

    ``checkpoint`` (chain, entries, hash) is how far the ledger reached, as printed.
    """
    return Entry(
        kind="emergency-list-made",
        unit_id=unit_id,
        actor_id=actor_id,
        on=on,
        facts={
            "at": at.isoformat(),
            "serial": serial,
            "valid": [valid[0].isoformat(), valid[1].isoformat()],
            "rows": list(counts),
            "rows_sha256": hashes[0].hex(),
            "pdf_sha256": hashes[1].hex(),
            "checkpoint": [checkpoint[0], checkpoint[1], checkpoint[2].hex()],
        },
    )


def found_down(*, unit_id: int, on: date, at: datetime, since: datetime) -> Entry:
    """The service noticed that it had been away while the unit was open."""
    return Entry(
        kind="downtime-found",
        unit_id=unit_id,
        on=on,
        facts={"at": at.isoformat(), "since": since.isoformat()},
    )


def backup_restored(
    *, unit_id: int, on: date, at: datetime, since: datetime, checkpoint: tuple[int, int, bytes]
) -> Entry:
    """The database was filled from a backup; what was handed out after ``since`` is not in it.

    ``checkpoint`` (chain, entries, hash) is how far the unit's chain reached before this entry.
    """
    return Entry(
        kind="backup-restored",
        unit_id=unit_id,
        on=on,
        facts={
            "at": at.isoformat(),
            "uncertain_since": since.isoformat(),
            "checkpoint": [checkpoint[0], checkpoint[1], checkpoint[2].hex()],
        },
    )


def demonstration_resumed(*, unit_id: int, on: date, at: datetime, since: datetime) -> Entry:
    """A demonstration was started again: while it was stopped nobody handed out from paper."""
    return Entry(
        kind="demonstration-resumed",
        unit_id=unit_id,
        on=on,
        facts={"at": at.isoformat(), "since": since.isoformat(), "paper_used": False},
    )


def held(act: Act, *, serial: int, row_no: int, amount_ug: int) -> Entry:
    """A row of a list in use holds the person until somebody has told what became of it."""
    return entry_of(act, "paper-row-held", {"serial": serial, "row": row_no}, amount_ug)


def row_told(
    act: Act,
    *,
    event_id: int,
    downtime_id: int,
    serial: int,
    row_no: int,
    happened: str,
    happened_at: datetime | None,
    doses: Sequence[Sequence[object]],
    given_by: int | None,
    witnessed_by: int | None,
    note: str | None,
    for_day: date,
    reservation_id: int | None,
    verdict: Mapping[str, object] | None,
) -> Entry:
    """What the paper says of one row; ``act.actor_id`` is who typed it in."""
    return entry_of(
        act,
        "paper-row-told",
        {
            "event": event_id,
            "downtime": downtime_id,
            "serial": serial,
            "row": row_no,
            "happened": happened,
            "happened_at": happened_at.isoformat() if happened_at else None,
            "doses": [list(dose) for dose in doses],
            "given_by": given_by,
            "witnessed_by": witnessed_by,
            "note": note,
            "for_day": for_day.isoformat(),
            "reservation": reservation_id,
            "verdict": dict(verdict) if verdict is not None else None,
        },
    )


def conflict_opened(
    act: Act, *, event_id: int, kinds: Sequence[str], facts: Mapping[str, object]
) -> Entry:
    """The paper and the record disagree: both stay, and a doctor must decide."""
    return entry_of(
        act, "paper-conflict-opened", {"event": event_id, "kinds": list(kinds), **facts}
    )


def conflict_closed(
    act: Act, *, event_id: int, decision: str, no_dose_before_on: date | None
) -> Entry:
    """A doctor's written decision about a conflict."""
    before = no_dose_before_on.isoformat() if no_dose_before_on else None
    facts = {"event": event_id, "decision": decision, "no_dose_before_on": before}
    return entry_of(act, "paper-conflict-closed", facts)


def right_asked(act: Act, *, request: tuple[int, int], reason: str) -> Entry:
    """Another place asks for the right. ``request`` is (from unit, to unit)."""
    return entry_of(act, "right-asked-for", {"from_to": list(request), "reason": reason})


def right_answered(
    act: Act,
    *,
    request_id: int,
    granted: bool,
    to_unit_id: int,
    struck_out: Sequence[tuple[int, int]],
) -> Entry:
    """The place that holds the right let it go, or kept it.

    ``struck_out``: the rows, as (serial, row), that somebody says are struck out on the paper.
    """
    kind = "right-moved" if granted else "right-kept"
    facts: dict[str, object] = {"request": request_id, "to_unit": to_unit_id}
    # Spelled as any other move of the right, so that one reader knows both.
    moved = {"right_holder": to_unit_id} if granted else {}
    struck = {"struck_out": [list(row) for row in struck_out]} if granted else {}
    return entry_of(act, kind, facts | moved | struck)
