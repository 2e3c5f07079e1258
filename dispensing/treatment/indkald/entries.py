"""What is written of an indkald in the ledger, beside the period itself (treatment.entries)."""

from collections.abc import Sequence
from datetime import date

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.treatment.indkald.proposal import Wish


def wish_facts(wish: Wish) -> dict[str, object]:
    """A wish as JSON values."""
    return {
        "not_weekdays": sorted(wish.not_weekdays),
        "away": [[begin.isoformat(), end.isoformat()] for begin, end in wish.away],
        "earliest": None if wish.earliest is None else wish.earliest.isoformat("minutes"),
        "latest": None if wish.latest is None else wish.latest.isoformat("minutes"),
    }


def wished(act: Act, *, version: int, wish: Wish, note: str | None) -> Entry:
    """What the person said cannot be; it replaces what was said before."""
    return entry_of(act, "indkald-wished", {"version": version, **wish_facts(wish), "note": note})


def invited(act: Act, *, indkald_id: int, number: int, how: str, language: str) -> Entry:
    """An invitation was handed over on paper, or its text read out or sent by somebody."""
    facts = {"indkald": indkald_id, "number": number, "how": how, "language": language}
    return entry_of(act, "indkald-invited", facts)


def finding_noted(act: Act, *, indkald_id: int, day: date, note: str) -> Entry:
    """What was seen on a day of the period."""
    facts = {"indkald": indkald_id, "day": day.isoformat(), "note": note}
    return entry_of(act, "indkald-finding", facts)


def missed_decided(
    act: Act, *, indkald_id: int, day: date, choice: str, reason: str, further: Sequence[date]
) -> Entry:
    """What a doctor decided about a day that was not held; ``further`` are days added for it."""
    return entry_of(
        act,
        "indkald-missed-decided",
        {
            "indkald": indkald_id,
            "day": day.isoformat(),
            "choice": choice,
            "reason": reason,
            "further": [one.isoformat() for one in further],
        },
    )


def concluded(
    act: Act, *, indkald_id: int, result: str, note: str, next_due_on: date | None
) -> Entry:
    """A doctor's conclusion: the dose is right, or is to be changed; when the next is due."""
    return entry_of(
        act,
        "indkald-concluded",
        {
            "indkald": indkald_id,
            "result": result,
            "note": note,
            "next_due_on": None if next_due_on is None else next_due_on.isoformat(),
        },
    )


def right_by_indkald(act: Act, *, days: Sequence[date], holder: int, begins: bool) -> Entry:
    """On these days the person is handed out to here, while a pharmacy holds the right; or no more.

    The entry of a guest right: whoever follows the right follows this.
    """
    kind = "guest-right-decided" if begins else "guest-right-withdrawn"
    facts: dict[str, object] = {
        "days": [day.isoformat() for day in sorted(days)],
        "holder": holder,
        "unit": act.unit_id,
        "reason": "indkald",
    }
    return entry_of(act, kind, facts)
