"""What a list and a plan are in records and in the ledger: the same fields in both."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.treatment.sedatives.load import Taken
from dispensing.treatment.sedatives.proposing import Proposal


def item_rows(items: Sequence[Taken]) -> list[object]:
    """The medicines of a list as JSON values."""
    return [msgspec.to_builtins(one) for one in items]


def sedatives_recorded(
    act: Act, items: Sequence[Taken], note: str | None, found: Mapping[str, object] | None
) -> Entry:
    """A whole list; ``found``: the tapered medicine was taken otherwise than by the plan."""
    facts = {"items": item_rows(items), "note": note, "found": found}
    return entry_of(act, "sedatives-recorded", facts)


def plan_row(
    proposal: Proposal, version: int, taper_no: int, book_id: str, reason: str | None
) -> dict[str, Any]:
    """A version of a plan by the columns of its record; pauses and findings as JSON values."""
    outline = proposal.outline
    last = outline.last_part
    return {
        "version": version,
        "taper_no": taper_no,
        "atc": proposal.atc,
        "from_ug": outline.from_ug,
        "original_ug": outline.original_ug,
        "goal_ug": outline.goal_ug,
        "percent": outline.pace.percent,
        "percent_of": outline.pace.of,
        "every_days": outline.pace.every_days,
        "last_from_ug": last and last.from_ug,
        "last_percent": last and last.percent,
        "last_every_days": last and last.every_days,
        "strengths_ug": list(outline.strengths_ug),
        "halves": outline.halves,
        "pauses": msgspec.to_builtins(list(outline.pauses)),
        "step_on": [step.on for step in proposal.steps],
        "step_ug": [step.dose_ug for step in proposal.steps],
        "book_id": book_id,
        "findings": [one.finding.as_dict() | {"steps": list(one.steps)} for one in proposal.said],
        "reason": reason,
    }


def taper_agreed(act: Act, row: Mapping[str, Any], why: str) -> Entry:
    """A version of a plan was signed; ``why``: agreed, or paused."""
    days: Sequence[date] = row["step_on"]
    steps = [[day.isoformat(), ug] for day, ug in zip(days, row["step_ug"], strict=True)]
    facts = {name: value for name, value in row.items() if name not in ("step_on", "step_ug")}
    return entry_of(act, "taper-agreed", facts | {"why": why, "steps": steps})
