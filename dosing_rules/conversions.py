"""From tablets under the tongue to a depot, and levomethadone: tables, never a ratio of substances.

Methadone is never turned into buprenorphine by a factor. The rows stand in the product's own
information; nobody has confirmed them for this clinic yet.
"""

from typing import NamedTuple

SOURCE = "SP-04 (NHS Borders, product information of Buvidal): from SL buprenorphine a day"
LEVOMETHADONE_FACTOR = 2


class DepotRow(NamedTuple):
    """From ``low_ug`` to ``high_ug`` under the tongue a day: the first weekly and monthly depot."""

    low_ug: int
    high_ug: int
    weekly_ug: int | None
    monthly_ug: int | None


DEPOT_ROWS: tuple[DepotRow, ...] = (
    DepotRow(2_000, 6_000, 8_000, None),
    DepotRow(8_000, 10_000, 16_000, 64_000),
    DepotRow(12_000, 16_000, 24_000, 96_000),
    DepotRow(18_000, 24_000, 32_000, 128_000),
    DepotRow(26_000, 32_000, None, 160_000),
)


def first_depot_ug(daily_ug: int, *, weekly: bool) -> int | None:
    """The first depot dose for a daily dose under the tongue; ``None`` where the table has none."""
    for row in DEPOT_ROWS:
        if row.low_ug <= daily_ug <= row.high_ug:
            return row.weekly_ug if weekly else row.monthly_ug
    return None


def methadone_of_levomethadone_ug(levomethadone_ug: int) -> int:
    """Racemic methadone equal to an amount of levomethadone: twice as much."""
    return levomethadone_ug * LEVOMETHADONE_FACTOR
