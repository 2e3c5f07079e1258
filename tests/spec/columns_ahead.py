"""The column about arrangements decided ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosing_rules import ArrangedAhead, Arrangement, TakeHomeException
from tests.spec.moments import day, dose_days

if TYPE_CHECKING:
    from tests.spec.columns import Scene

UNKNOWN = "?"


def arranged_ahead(row: Scene, text: str) -> None:
    """``+2 here; +5 home 6 on 2+4 except 0..+9 days 9``: when, how many days, which here.

    ``+2 ?``: nobody recorded whether doses may go home from then on.
    """
    if text == UNKNOWN:
        row.patient["arranged_ahead"] = None
        return
    told = () if text == "none" else tuple(_one(item) for item in text.split("; "))
    row.patient["arranged_ahead"] = told


def _one(item: str) -> ArrangedAhead:
    begins, how, *more = item.split()
    if how != "home":
        decided = None if how == UNKNOWN else False
        every = frozenset(range(1, 8))
        return ArrangedAhead(day(begins), Arrangement(decided, every, frozenset(), 0))
    most, _, here = more[:3]
    days = None if here == UNKNOWN else frozenset[int]()
    if here not in (UNKNOWN, "none"):
        days = frozenset(int(one) for one in here.split("+"))
    exception = None
    if more[3:]:
        within = dose_days(more[4])
        exception = TakeHomeException(int(more[6]), within[0], within[-1])
    arranged = Arrangement(
        True,
        days,
        frozenset({2}),
        None if most == UNKNOWN else int(most),
        exception=exception,
    )
    return ArrangedAhead(day(begins), arranged)


SHAPED = {"arranged_ahead": arranged_ahead}
