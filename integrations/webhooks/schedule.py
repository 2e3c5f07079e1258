"""When a message is tried again: nine times over three days, then no more."""

from datetime import timedelta

#: After the first try, the second, …; about 72 hours in all.
PAUSES = (
    *(timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=2), timedelta(hours=6), timedelta(hours=14), timedelta(hours=24)),
    timedelta(hours=25),
)
#: A receiver that says so is told nothing any more.
GONE = 410


def next_pause(tries: int, chance: float) -> timedelta | None:
    """The pause after so many tries, at most a tenth longer by ``chance`` (0 to 1), or None."""
    if tries > len(PAUSES):
        return None
    return PAUSES[tries - 1] * (1 + chance / 10)
