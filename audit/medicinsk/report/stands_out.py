"""What a doctor reads first: what stands out and what is missing, in an explained order.

1. what must never happen and did, or cannot be excluded; 2. targets missed, the farthest first, and
of few after those of enough; 3. targets that depend on the unknown; 4. changes against last year,
the largest first; 5. distance from the other institutions. ``limits.toml`` holds from when. Nothing
here is a judgement: it orders sentences whose figures stand in full in their chapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import sqrt
from statistics import NormalDist
from typing import Literal

from audit.medicinsk.model import Counted, Distribution, Figures, Indicator, Report, Share
from audit.medicinsk.report.wording import Wording, limits, small_n

Kind = Literal["never", "missed", "open", "change", "distance", "missing"]
#: One of one is 100 per cent, and no more than one: what is of few comes after all that is not.
OF_FEW = 1e6
ORDER: tuple[Kind, ...] = ("never", "missed", "open", "change", "distance")


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence. ``weight``: within its kind, the larger the earlier."""

    kind: Kind
    indicator: str
    text: str
    weight: float = 0.0


def stands_out(report: Report, said: Wording) -> tuple[Remark, ...]:
    """What stands out, in order."""
    found: list[Remark] = []
    # A year of which the ledger tells only the end is no measure of a whole one.
    before = report.before if _told_from(report) is None else None
    for one in report.figures.indicators:
        past = _indicator(before, one.id)
        others = [it for other in report.others if (it := _indicator(other, one.id))]
        for share in one.shares:
            found += _of_share(one, share, _share(past, share.key), _pooled(others, share), said)
        for spread in one.distributions:
            found += _of_spread(one.id, spread, _spread(past, spread.key), said)
    return tuple(sorted(found, key=lambda it: (ORDER.index(it.kind), -it.weight)))


def _told_from(report: Report) -> date | None:
    """The first day told of last year where it is not its first; None where all of it is."""
    return None if report.before is None else report.before.institution.opened_on


def is_never(share: Share) -> bool:
    """Whether the target says that it must never happen."""
    return share.reach == "at-most" and share.target == 0


def _indicator(figures: Figures | None, id_: str) -> Indicator | None:
    if figures is None:
        return None
    return next((one for one in figures.indicators if one.id == id_), None)


def _share(past: Indicator | None, key: str) -> Share | None:
    return None if past is None else next((one for one in past.shares if one.key == key), None)


def _spread(past: Indicator | None, key: str) -> Distribution | None:
    if past is None:
        return None
    return next((one for one in past.distributions if one.key == key), None)


def _pooled(others: list[Indicator], of: Share) -> Share | None:
    """The other institutions' counts added up; None where there are none."""
    found = [share for one in others if (share := _share(one, of.key)) is not None]
    if not found:
        return None
    yes, no, unknown = (
        sum(getattr(one, name).count for one in found) for name in ("yes", "no", "unknown")
    )
    return Share(of.key, of.unit, Counted(yes), Counted(no), Counted(unknown))


def _of_share(
    one: Indicator, share: Share, past: Share | None, others: Share | None, said: Wording
) -> Iterator[Remark]:
    id_ = one.id
    values: dict[str, object] = {
        "name": said.full_name(one, share.key),
        "percent": said.percent(share.percent),
        "yes": said.number(share.yes.count),
        "n": said.number(share.n),
        "unknown": said.number(share.unknown.count),
        "target": share.target,
    }
    if is_never(share):
        if share.yes.count:
            yield Remark("never", id_, said.text("never", **values), 1e9 + share.yes.count)
        elif share.unknown.count:
            yield Remark("never", id_, said.text("never_unknown", **values), share.unknown.count)
        return
    if share.target is not None and share.standing in ("missed", "open"):
        yield _against_target(id_, share, share.target, values, said)
    if past is not None and _differ(share, past):
        yield _compared("change", one, share, past, said)
    if others is not None and _differ(share, others):
        yield _compared("distance", one, share, others, said)


def _against_target(
    id_: str, share: Share, target: int, values: dict[str, object], said: Wording
) -> Remark:
    if share.standing == "open":
        weight = share.unknown.count - (OF_FEW if share.n < small_n() else 0)
        return Remark("open", id_, said.text("open_target", **values), weight)
    # How many people (or doses) would have had to be on the other side.
    needed = -(-target * share.n // 100)
    short = needed - share.yes.count if share.reach == "at-least" else share.yes.count - needed
    far = abs(100 * share.yes.count / share.n - target)
    if share.n < small_n():
        far -= OF_FEW
    key = "missed_least" if share.reach == "at-least" else "missed_most"
    return Remark("missed", id_, said.text(key, **values, short=said.number(abs(short))), far)


def _differ(one: Share, other: Share) -> bool:
    """Whether two shares are enough, far apart, and not by chance alone."""
    if min(one.n, other.n) < small_n() or one.percent is None or other.percent is None:
        return False
    n, m = one.yes.count + one.no.count, other.yes.count + other.no.count
    if min(n, m) < small_n() or abs(one.percent - other.percent) < limits()["change"].value:
        return False
    p, q = one.yes.count / n, other.yes.count / m
    both = (one.yes.count + other.yes.count) / (n + m)
    error = sqrt(both * (1 - both) * (1 / n + 1 / m))
    return error > 0 and abs(p - q) / error > _bound()


def _bound() -> float:
    """How many standard errors chance alone seldom exceeds."""
    return NormalDist().inv_cdf(0.5 + limits()["certain"].value / 200)


def _compared(
    kind: Literal["change", "distance"], one: Indicator, share: Share, other: Share, said: Wording
) -> Remark:
    now, then = share.percent or 0, other.percent or 0
    values: dict[str, object] = {
        "name": said.full_name(one, share.key),
        "now": said.percent(now),
        "before": said.percent(then),
        "others": said.percent(then),
        "n": said.number(share.n),
        "past": said.number(other.n),
    }
    if kind == "change":
        key = "change_up" if now > then else "change_down"
    else:
        key = "above_others" if now > then else "below_others"
    return Remark(kind, one.id, said.text(key, **values), abs(now - then))


def _of_spread(
    id_: str, now: Distribution, past: Distribution | None, said: Wording
) -> Iterator[Remark]:
    if past is None or min(now.n, past.n) < small_n() or not now.median or not past.median:
        return
    change = 100 * (now.median - past.median) / past.median
    if abs(change) >= limits()["change"].value:
        values: dict[str, object] = {
            "name": said.name(now.key),
            "now": said.value(now.median, now.unit),
            "before": said.value(past.median, past.unit),
            "n": said.number(now.n),
            "past": said.number(past.n),
        }
        key = "median_up" if change > 0 else "median_down"
        yield Remark("change", id_, said.text(key, **values), abs(change))


def missing(report: Report, said: Wording) -> tuple[Remark, ...]:
    """What is not known, the largest first; then what the whole report lacks."""
    found: list[Remark] = []
    for one in report.figures.indicators:
        for share in one.shares:
            if _much(share.unknown.count, share.n):
                text = said.text(
                    "unknown_share",
                    name=said.full_name(one, share.key),
                    unknown=said.number(share.unknown.count),
                    n=said.number(share.n),
                )
                found.append(Remark("missing", one.id, text, share.unknown.count / share.n))
        for spread in one.distributions:
            unknown = spread.unknown.count
            if spread.n and _much(unknown, unknown + spread.n):
                text = said.text(
                    "unknown_values",
                    name=said.name(spread.key),
                    unknown=said.number(unknown),
                    n=said.number(spread.n),
                )
                found.append(Remark("missing", one.id, text, unknown / (unknown + spread.n)))
    return (*sorted(found, key=lambda it: -it.weight), *_of_all(report, said))


def _much(unknown: int, n: int) -> bool:
    return unknown > 0 and 100 * unknown >= limits()["unknown"].value * n


def _of_all(report: Report, said: Wording) -> Iterator[Remark]:
    if report.figures.erased:
        text = said.text("erased", n=said.number(report.figures.erased))
        yield Remark("missing", "", text)
    if report.before is None:
        yield Remark("missing", "", said.text("no_before"))
    if (told_from := _told_from(report)) is not None:
        yield Remark("missing", "", said.text("before_partly", day=said.day(told_from)))
    place = report.institution
    if place.opened_on is not None:
        yield Remark("missing", "", said.text("opened", day=said.day(place.opened_on)))
    if place.closed_on is not None:
        yield Remark("missing", "", said.text("closed", day=said.day(place.closed_on)))
    if not report.books:
        yield Remark("missing", "M22", said.text("no_book"))
    for book in dict.fromkeys((one.book_id, one.unconfirmed) for one in report.books):
        if book[1] is None:
            yield Remark("missing", "M22", said.text("unknown_book", book=book[0]))
        elif book[1]:
            text = said.text("unconfirmed_book", book=book[0], n=said.number(book[1]))
            yield Remark("missing", "M22", text)
