"""The figures of a draft as bytes, and back: a copy of what the ledger says, never the record.

The people behind other institutions' counts, and the words that others wrote, are taken out before
anything is kept: a doctor reads those figures, and nobody behind them.
"""

import hashlib
import zlib
from dataclasses import replace
from functools import lru_cache

import msgspec

from audit.medicinsk.model import (
    Amount,
    Counted,
    Distribution,
    Figures,
    Indicator,
    Rate,
    Report,
    Share,
    Table,
)
from audit.medicinsk.suppress import without_free_text

_REPORT = msgspec.json.Decoder(Report)


def kept(report: Report) -> bytes:
    """The report without others' people, packed. The same report gives the same bytes."""
    own_only = replace(
        report,
        others=tuple(_nameless(one) for one in report.others),
        whole=_nameless(report.whole),
    )
    plain = msgspec.json.encode(own_only, order="deterministic")
    return zlib.compress(plain, 6)


def digest(packed: bytes) -> bytes:
    """SHA-256 of the figures; of what is packed, since packing may differ between versions."""
    return hashlib.sha256(zlib.decompress(packed)).digest()


@lru_cache(maxsize=8)
def unpacked(packed: bytes) -> Report:
    """The report again. Raises ValueError for bytes that are none."""
    return _REPORT.decode(zlib.decompress(packed))


def _bare(one: Counted) -> Counted:
    return Counted(one.count)


def _share(one: Share) -> Share:
    return replace(one, yes=_bare(one.yes), no=_bare(one.no), unknown=_bare(one.unknown))


def _spread(one: Distribution) -> Distribution:
    return replace(one, people=(), unknown=_bare(one.unknown))


def _table(one: Table) -> Table:
    one = without_free_text(one)
    return replace(one, cells=tuple(tuple(_bare(cell) for cell in row) for row in one.cells))


def _rate(one: Rate) -> Rate:
    return replace(one, events=_bare(one.events))


def _amount(one: Amount) -> Amount:
    return replace(one, people=())


def _indicator(one: Indicator) -> Indicator:
    return replace(
        one,
        shares=tuple(map(_share, one.shares)),
        distributions=tuple(map(_spread, one.distributions)),
        tables=tuple(map(_table, one.tables)),
        rates=tuple(map(_rate, one.rates)),
        amounts=tuple(map(_amount, one.amounts)),
    )


def _nameless(figures: Figures) -> Figures:
    return replace(figures, indicators=tuple(map(_indicator, figures.indicators)))
