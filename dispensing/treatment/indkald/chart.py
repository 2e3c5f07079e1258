"""The weeks' load as bars: people a day, agreed on and proposed, with the mean across. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispensing.treatment.indkald.proposal import Week

WIDE, HIGH, BASE = 1060, 180, 150
TOP = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """A week: where its bar stands, and how high both parts reach, in the drawing's own units."""

    week: Week
    agreed_visits: int
    x: float
    wide: float
    agreed: float
    proposed: float
    begins_month: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """All weeks. ``mean`` and ``most`` are people a day; ``mean_y`` is where its line lies.

    ``evenness``: the standard deviation of the weeks' people a day.
    """

    bars: tuple[Bar, ...]
    mean: float
    most: float
    evenness: float
    mean_y: float


def chart(weeks: Sequence[Week], agreed: Sequence[Week]) -> Chart:
    """The drawing of a year. Weeks without an open day count in no mean."""
    open_weeks = [one.a_day for one in weeks if one.open_days]
    most = max(open_weeks, default=0.0)
    mean = sum(open_weeks) / len(open_weeks) if open_weeks else 0.0
    spread = (
        (sum((one - mean) ** 2 for one in open_weeks) / len(open_weeks)) ** 0.5
        if open_weeks
        else 0.0
    )
    scale = (BASE - TOP) / most if most else 0.0
    step = WIDE / max(len(weeks), 1)
    month: int | None = None
    bars: list[Bar] = []
    for number, (one, standing) in enumerate(zip(weeks, agreed, strict=True)):
        bars.append(
            Bar(
                one,
                standing.visits,
                round(number * step + 1, 1),
                round(step - 2, 1),
                round(standing.a_day * scale, 1),
                round((one.a_day - standing.a_day) * scale, 1),
                one.monday.month != month and _has_room(weeks, number),
            )
        )
        month = one.monday.month
    return Chart(tuple(bars), mean, most, spread, round(BASE - mean * scale, 1))


def _has_room(weeks: Sequence[Week], number: int) -> bool:
    """Whether a month's name fits: the next one begins in another bar than the very next."""
    after = weeks[number + 1 : number + 2]
    return not after or after[0].monday.month == weeks[number].monday.month
