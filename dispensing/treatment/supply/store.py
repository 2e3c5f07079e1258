"""The SQL of supply orders and their days, and what a decision about one has to fit."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import msgspec

Change = Literal["issued", "changed", "ended"]

RECORD = """
INSERT INTO supply_order (supply_id, version, person_id, unit_id, pharmacy_unit_id, change,
    from_on, wanted_until, until_on, weekdays, supervised_weekdays, pickup_weekdays,
    take_home_days, stop_rules, book_id, reason, signed_by, signed_at)
VALUES (%(supply_id)s, %(version)s, %(person_id)s, %(unit_id)s, %(pharmacy_unit_id)s, %(change)s,
    %(from_on)s, %(wanted_until)s, %(until_on)s, %(weekdays)s, %(supervised_weekdays)s,
    %(pickup_weekdays)s, %(take_home_days)s, %(stop_rules)s, %(book_id)s, %(reason)s,
    %(staff_id)s, %(at)s)
"""
BEGIN_DAYS = """
INSERT INTO supply_day (supply_id, person_id, day, from_unit_id, unit_id, decided_by, decided_at)
SELECT %(supply_id)s, %(person_id)s, d.day, %(unit_id)s, %(pharmacy_unit_id)s, %(staff_id)s, %(at)s
FROM unnest(%(begins)s::date[]) AS d (day)
"""
END_DAYS = """
UPDATE supply_day SET ended_at = %(at)s, ended_by = %(staff_id)s, ended_reason = %(reason)s
WHERE person_id = %(person_id)s AND day = ANY (%(ends)s::date[]) AND ended_at IS NULL
"""
# What the folders hold is older than the decision: the lists are due anew at both places.
LISTS_DUE = """
UPDATE emergency_run SET made_at = least(made_at, clock_timestamp() - interval '15 minutes')
WHERE unit_id IN (%(unit_id)s, %(pharmacy_unit_id)s)
"""
# Locks the lists of the places concerned, so that none is made on what is about to change.
FRAME = "supply_frame(%(person_id)s::bigint, %(pharmacy)s::smallint)"


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest version of the person's latest supply order in this course."""

    supply_id: int
    version: int
    pharmacy_unit_id: int
    change: Change
    from_on: date
    wanted_until: date | None
    until_on: date
    weekdays: frozenset[int]
    supervised_weekdays: frozenset[int]
    pickup_weekdays: frozenset[int]
    take_home_days: int
    stop_rules: tuple[dict[str, Any], ...]
    book_id: str
    reason: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class SupplyDay:
    """A coming day, and the pharmacy it is at."""

    day: date
    unit_id: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What a decision about whose days these are has to fit, under the person's lock.

    ``taken`` are coming days of which a dose is; ``on_paper`` days that a place's paper may give,
    as (unit, day); ``giving`` the rows of the pharmacy's lists that do, as (serial, row);
    ``paper_now``: one of the places hands out from paper. ``ordered_until`` is the last day of what
    is ordered, None without an order.
    """

    today: date
    holder: int | None
    next_id: int
    standing: Standing | None
    days: tuple[SupplyDay, ...]
    taken: frozenset[date]
    closed: frozenset[tuple[int, date]]
    on_paper: frozenset[tuple[int, date]]
    giving: frozenset[tuple[int, int]]
    paper_now: bool
    ordered_until: date | None

    @property
    def running(self) -> Standing | None:
        """The supply order that goes on; None where none is, or its end is decided."""
        return self.standing if self.standing and self.standing.change != "ended" else None


_FRAME = msgspec.json.Decoder(Frame)


def frame_from(document: str) -> Frame:
    """The answer of ``supply_frame``."""
    return _FRAME.decode(document)
