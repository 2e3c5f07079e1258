"""The exact interval of a count of rare events (Garwood 1936), in whole thousandths.

The lower end is the mean under which so many events or more have half the remaining probability,
the upper end the mean under which so many or fewer have it. Each is found by halving an interval of
thousandths until one is left; the probability is the Poisson sum itself.
"""

from collections.abc import Callable
from math import exp, log

_MILLI = 1000


def exact_interval(events: int, percent: int = 95) -> tuple[int, int]:
    """Lower and upper end of the mean number of events, in thousandths, rounded to the nearest.

    ``percent``: how sure. Of no event the lower end is 0. Raises ValueError for a count below 0 or
    a percentage that is not between 1 and 99.
    """
    if events < 0 or not 0 < percent < 100:
        raise ValueError("a count of at least 0, a percentage between 1 and 99")
    tail = (100 - percent) / 200
    low = 0 if events == 0 else _mean(lambda mean: 1 - _at_most(events - 1, mean) < tail)
    return low, _mean(lambda mean: _at_most(events, mean) > tail)


def _at_most(events: int, mean: float) -> float:
    """The Poisson probability of so many events or fewer."""
    if mean == 0:
        return 1.0
    # In logarithms, so that many events do not underflow.
    term = -mean
    total = exp(term)
    for number in range(1, events + 1):
        term += log(mean / number)
        total += exp(term)
    return min(total, 1.0)


def _mean(is_below: Callable[[float], bool]) -> int:
    """The mean in thousandths at which ``is_below`` ceases to hold."""
    low, high = 0.0, 1.0
    while is_below(high):
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if is_below(middle):
            low = middle
        else:
            high = middle
    return int(high * _MILLI + 0.5)
