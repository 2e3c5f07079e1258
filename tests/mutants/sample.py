"""A few mutants drawn evenly over the modules."""

import random
from collections.abc import Sequence

from tests.mutants.damage import Mutant


def sampled(chosen: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of them, the same for the same seed."""
    drawn = random.Random(seed).sample(range(len(chosen)), min(count, len(chosen)))
    return [chosen[at] for at in sorted(drawn)]
