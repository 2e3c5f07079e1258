"""Who did something to whom, where and when, and the ledger entry of it.

Every area that records something about a person builds its entries with ``entry_of``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from audit.ledger.entry import Entry
from dosing_rules import Product


@dataclass(frozen=True, slots=True)
class Act:
    """One act; ``person_seq`` is the person's own next number, ``on`` the clinic day it is of."""

    person_id: int
    person_seq: int
    unit_id: int
    actor_id: int
    on: date
    at: datetime


def entry_of(
    act: Act, kind: str, facts: Mapping[str, object], amount_ug: int | None = None
) -> Entry:
    """The entry of an act. ``facts`` are JSON values without floats; the moment is added."""
    return Entry(
        kind=kind,
        person_id=act.person_id,
        person_seq=act.person_seq,
        unit_id=act.unit_id,
        actor_id=act.actor_id,
        on=act.on,
        amount_ug=amount_ug,
        facts={"at": act.at.isoformat(), **facts},
    )


def product_row(product: Product) -> list[object]:
    """All that the rules know of a preparation, so that the code alone need not be believed."""
    return [
        product.code,
        product.substance,
        product.form,
        product.route,
        product.strength_ug,
        product.per,
    ]


def runs_of(days: Sequence[date]) -> list[list[str]]:
    """Days as first and last of each run, ISO: a year of every day is one pair."""
    found: list[list[date]] = []
    for day in sorted(days):
        if found and day == found[-1][1] + timedelta(days=1):
            found[-1][1] = day
        else:
            found.append([day, day])
    return [[first.isoformat(), last.isoformat()] for first, last in found]
