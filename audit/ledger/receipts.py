"""Receipts: what a counter, a list or a label says about one entry, held against the chain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from audit.ledger.export_reading import Chain
from audit.ledger.joining import Joined

#: As much of the hash as is printed, or all of it.
_HEX = re.compile(r"[0-9a-f]{16,64}")
_MOST = 10**12


class NotAReceipt(ValueError):
    """A line that is no receipt; the message says which."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Entry `seq` of a chain and how its hash begins.

    `where` is the chain's number, or the institution whose clinical chain it is.
    """

    where: int | str
    seq: int
    hash: str

    def is_of(self, chain: Chain) -> bool:
        """Whether it speaks of this chain."""
        if isinstance(self.where, int):
            return self.where == chain.chain_id
        return (self.where, "clinical") == (chain.institution, chain.purpose)


def read_receipts(text: str) -> list[Receipt]:
    """Receipts, one a line: JSON as the API gives it, or words: chain or institution, entry, hash.

    Empty lines and lines that begin with # are passed over. Raises NotAReceipt.
    """
    return [
        _receipt(line.strip(), number)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def check_receipts(
    receipts: Iterable[Receipt], joined: Mapping[int, Joined]
) -> tuple[list[tuple[str, str, int | None]], int]:
    """What does not fit as (what, chain, entry), and how many receipts do."""
    troubles: list[tuple[str, str, int | None]] = []
    held = 0
    for receipt in receipts:
        of = [chain for chain in joined.values() if receipt.is_of(chain.chain)]
        if not of:
            troubles.append(("unknown-chain", str(receipt.where), receipt.seq))
        elif receipt.seq > of[0].entries:
            troubles.append(("entries-missing", of[0].name, receipt.seq))
        elif not any(
            hash_.hex().startswith(receipt.hash) for hash_ in of[0].hashes.get(receipt.seq, [])
        ):
            troubles.append(("receipt", of[0].name, receipt.seq))
        else:
            held += 1
    return troubles, held


def _receipt(line: str, number: int) -> Receipt:
    try:
        if line.startswith("{"):
            read = cast("dict[str, Any]", json.loads(line))
            read = cast("dict[str, Any]", read.get("receipt", read))
            where, seq, hash_ = read["chain"], read["seq"], read["hash"]
        else:
            where, seq, hash_ = line.rsplit(maxsplit=2)
            where = int(where) if where.isdecimal() else where
        receipt = Receipt(where, int(seq), str(hash_).lower())
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise NotAReceipt(f"line {number} is no receipt") from wrong
    if not _HEX.fullmatch(receipt.hash) or not 0 < receipt.seq < _MOST:
        raise NotAReceipt(f"line {number} is no receipt")
    return receipt
