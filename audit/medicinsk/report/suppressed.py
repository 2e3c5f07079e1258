"""Small cells of what leaves the clinic: hidden, and one more where the total would tell them.

Not a proof against whoever holds several tables at once: it is the plain rule of decision 0030.
"""

from __future__ import annotations

from collections.abc import Sequence


def suppressed(counts: Sequence[int], least: int) -> tuple[bool, ...]:
    """Which counts of one row or column with a known total are hidden.

    Every count from 1 to under ``least``; a lone hidden one takes the next smallest along, since
    the total less the others would be it. Zero stays: nobody is told of.
    """
    hidden = [0 < count < least for count in counts]
    if sum(hidden) == 1:
        rest = [(count, at) for at, count in enumerate(counts) if count and not hidden[at]]
        if rest:
            hidden[min(rest)[1]] = True
    return tuple(hidden)
