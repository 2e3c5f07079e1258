"""What the review of an audit writes in the ledger."""

from collections.abc import Sequence
from datetime import date, datetime

from audit.ledger.entry import Entry
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place, unit_entry


def _of(report_id: int, first_on: date, last_on: date) -> dict[str, object]:
    return {"report": report_id, "first": first_on.isoformat(), "last": last_on.isoformat()}


def asked(
    actor: Actor,
    place: Place,
    report_id: int,
    first_on: date,
    last_on: date,
    proposed: str | None = None,
) -> Entry:
    """A doctor asked for a draft; ``proposed``: with what the period is under this book."""
    facts = _of(report_id, first_on, last_on) | _under(proposed)
    return unit_entry("audit-draft-asked", actor, place, facts)


def _under(proposed: str | None) -> dict[str, object]:
    return {} if proposed is None else {"proposed": proposed}


def drafted(
    *,
    unit_id: int,
    on: date,
    at: datetime,
    report_id: int,
    draft_id: int,
    heads: Sequence[tuple[int, int, str]],
    figures_sha256: str,
    pdf_sha256: str,
    proposed: str | None = None,
) -> Entry:
    """A draft was computed; ``heads`` are (chain, last entry, its hash) it stands on."""
    return Entry(
        kind="audit-drafted",
        unit_id=unit_id,
        on=on,
        facts={
            "at": at.isoformat(),
            "report": report_id,
            "draft": draft_id,
            "heads": [list(one) for one in heads],
            "figures": figures_sha256,
            "pdf": pdf_sha256,
            **_under(proposed),
        },
    )


def commented(actor: Actor, place: Place, report_id: int, indicator: str, text: str) -> Entry:
    """A doctor said something to an indicator."""
    facts = {"report": report_id, "indicator": indicator, "comment": text}
    return unit_entry("audit-commented", actor, place, facts)


def adjusted(
    actor: Actor,
    place: Place,
    report_id: int,
    *,
    indicator: str,
    what: str,
    owner_id: int,
    due_on: date,
) -> Entry:
    """An adjustment was decided, with who sees to it and by when."""
    facts = {
        "report": report_id,
        "indicator": indicator,
        "what": what,
        "owner": owner_id,
        "due": due_on.isoformat(),
    }
    return unit_entry("audit-adjustment-decided", actor, place, facts)


def answered(
    actor: Actor, place: Place, report_id: int, *, adjustment_id: int, done: bool, note: str | None
) -> Entry:
    """Last year's adjustment was done, or not."""
    facts = {"report": report_id, "adjustment": adjustment_id, "done": done, "note": note}
    return unit_entry("audit-adjustment-answered", actor, place, facts)


def read_through(actor: Actor, place: Place, report_id: int, draft_id: int) -> Entry:
    """A second reader has read the whole report."""
    facts = {"report": report_id, "draft": draft_id}
    return unit_entry("audit-read", actor, place, facts)


def signed(actor: Actor, place: Place, report_id: int, draft_id: int, pdf_sha256: str) -> Entry:
    """The report is signed; its file is this one from now on."""
    facts = {"report": report_id, "draft": draft_id, "pdf": pdf_sha256}
    return unit_entry("audit-signed", actor, place, facts)


def viewed(actor: Actor, report_id: int, part: str) -> Entry:
    """Somebody has looked at a report without its people, or printed it."""
    return Entry(
        kind="audit-printed" if part.endswith(".pdf") else "audit-viewed",
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "report": report_id, "part": part},
    )


def people_viewed(
    actor: Actor, report_id: int, indicator: str, figure: str, found: Sequence[int]
) -> Entry:
    """The people behind a number were shown: a list, as whoever asks who looked finds it."""
    return Entry(
        kind="list-viewed",
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={
            "at": actor.now.isoformat(),
            "page": "audit",
            "report": report_id,
            "indicator": indicator,
            "figure": figure,
            "found": sorted(found),
        },
    )
