"""The columns about the other order of a pair: injections by day and methadone for the night."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dosing_rules import Claim
from dosing_rules.ordered import NIGHT_PART, Line
from tests.spec import standard
from tests.spec.moments import day
from tests.spec.standard import NOW, TODAY, UNIT_ID

if TYPE_CHECKING:
    from tests.spec.columns import Scene

UNKNOWN = "?"


def night_seen(row: Scene, text: str) -> None:
    """``19:59`` hours and minutes since yesterday's dose for the night was swallowed here."""
    hours, _, minutes = text.partition(":")
    at = NOW - timedelta(hours=int(hours), minutes=int(minutes))
    on = TODAY - timedelta(days=1)
    others = [one for one in row.patient["claims"] or () if one.part != NIGHT_PART]
    seen = Claim(on, NIGHT_PART, 60_000, "supervised", "given", UNIT_ID, at)
    row.patient["claims"] = (*others, seen)


def beside(row: Scene, text: str) -> None:
    """The other order: a product by its name until +95, ``none``; ``?`` nobody recorded one."""
    known: Line | None = row.patient["beside"]
    if text == UNKNOWN:
        row.patient["beside"] = None
        return
    if known is None or known.prescription is None:
        return
    if text == "none":
        row.patient["beside"] = replace(known, prescription=None)
        return
    order = replace(known.prescription, product=standard.PRODUCTS[text])
    row.patient["beside"] = replace(known, prescription=order)


def beside_from(row: Scene, text: str) -> None:
    """The first day on which the other order holds."""
    _beside_order(row, valid_from=day(text))


def beside_to(row: Scene, text: str) -> None:
    """The last day on which the other order holds."""
    _beside_order(row, valid_to=None if text == UNKNOWN else day(text))


def _beside_order(row: Scene, **changes: Any) -> None:
    known: Line | None = row.patient["beside"]
    if known is None or known.prescription is None:
        return  # removed by another cell of the row
    order = replace(known.prescription, **changes)
    row.patient["beside"] = replace(known, prescription=order)


def beside_had(row: Scene, text: str) -> None:
    """``methadone 0``: the last dose had of the other order, of what and for which day."""
    known: Line | None = row.patient["beside"]
    if known is None:
        return
    substance, on = text.split()
    row.patient["beside"] = replace(
        known, had_substance=None if substance == UNKNOWN else substance, had_on=day(on)
    )


SHAPED: dict[str, Callable[[Scene, str], None]] = {
    made.__name__: made for made in (night_seen, beside, beside_from, beside_to, beside_had)
}
