"""Which daily doses tablets can make, and of which pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import gcd

#: A dose is put together of at most so many smallest differences; more is a slip of the pen.
MOST_SIZES = 20_000
MOST_STRENGTHS = 6


class TabletsError(ValueError):
    """These tablets cannot be meant."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many pieces of one size: whole tablets, or halves of one."""

    count: int
    size_ug: int
    half: bool


class Makeable:
    """Every dose up to ``most_ug`` that whole tablets, and halves where allowed, add up to."""

    def __init__(self, strengths_ug: Sequence[int], halves: bool, most_ug: int) -> None:
        """Raises TabletsError for no strength, one that is not positive, or far too fine ones."""
        if not 0 < len(strengths_ug) <= MOST_STRENGTHS or min(strengths_ug) <= 0:
            raise TabletsError("one to six strengths, each above zero")
        whole = set(strengths_ug)
        halved = {one // 2 for one in whole if halves and one % 2 == 0} - whole
        self._half = halved
        sizes = sorted(whole | halved, reverse=True)
        self._unit = gcd(*sizes)
        if most_ug // self._unit > MOST_SIZES:
            raise TabletsError("these strengths are too fine for such a dose")
        # For each multiple of the unit the fewest pieces, and the last one added; None: not made.
        self._last: list[tuple[int, int] | None] = [(0, 0)]
        for place in range(1, most_ug // self._unit + 1):
            best: tuple[int, int] | None = None
            for size in sizes:
                before = place - size // self._unit
                made = self._last[before] if before >= 0 else None
                if made is not None and (best is None or made[0] + 1 < best[0]):
                    best = (made[0] + 1, size)
            self._last.append(best)

    def can_make(self, dose_ug: int) -> bool:
        """Whether pieces add up to exactly this dose; zero is made of none."""
        place, rest = divmod(dose_ug, self._unit)
        return rest == 0 and 0 <= place < len(self._last) and self._last[place] is not None

    def below(self, dose_ug: int, target_ug: int) -> int:
        """The next lower dose: the smallest that can be made at or above the target, but lower.

        Where none lies between, the largest that can be made below the dose: tablets allow no
        smaller step.
        """
        for place in range(-(-target_ug // self._unit), len(self._last)):
            made_ug = place * self._unit
            if made_ug >= dose_ug:
                break
            if self._last[place] is not None:
                return made_ug
        top = min((dose_ug - 1) // self._unit, len(self._last) - 1)
        return next(
            place * self._unit for place in range(top, -1, -1) if self._last[place] is not None
        )

    def pieces(self, dose_ug: int) -> tuple[Pieces, ...]:
        """The fewest pieces that make the dose, the largest first; none where it cannot be made."""
        if not self.can_make(dose_ug):
            return ()
        used: list[int] = []
        while dose_ug:
            last = self._last[dose_ug // self._unit]
            assert last is not None, "what can be made is made of what can be made"
            used.append(last[1])
            dose_ug -= last[1]
        used.sort(reverse=True)
        return tuple(
            [Pieces(len(list(same)), size, size in self._half) for size, same in groupby(used)]
        )
