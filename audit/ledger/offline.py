"""Verifies an exported ledger without a database: chains, trees, checkpoints, receipts, payloads.

Everything is computed anew from the file: each link, each commitment, each column, each root that
was ever signed (which is what a consistency proof between any two of them would show), and whether
receipts stand where they say. Keys and receipts come from whoever asks, not from the file: a file
can say anything of itself.

What this cannot see: entries after the newest checkpoint that somebody cut off or wrote anew,
unless a receipt tells of one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from audit.ledger.blocks import MOST_ORDERS, Job, Piece, expected_sum, verify_block
from audit.ledger.export_reading import Contents, NotAnExport, read_contents
from audit.ledger.joining import Joined
from audit.ledger.notary import Said, check_notes
from audit.ledger.note import PublicKey
from audit.ledger.receipts import Receipt, check_receipts

#: A smaller file is not worth other processes.
WORTH_PROCESSES = 24 << 20

__all__ = ["Finding", "NotAnExport", "Report", "verify_file"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit: of which kind, in which chain, at which entry.

    Beside the kinds of `audit.ledger.verify`: unreadable (a line or record is not what the format
    says) · truncated (the file's last line is missing or another) · checkpoint (a signed root is
    not the root of these entries) · entries-missing (a checkpoint or receipt knows of more) ·
    receipt (another entry stands at that number) · signature (a line of a known key does not hold)
    · unsigned (no known key of the log has signed).
    """

    what: str
    chain: str
    seq: int | None = None
    person_id: int | None = None


@dataclass(slots=True)
class Report:
    """What verifying found."""

    entries: int = 0
    chains: int = 0
    erased: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list[Finding])
    notices: list[str] = field(default_factory=list[str])
    said: Said = field(default_factory=Said)
    receipts: int = 0
    keys_known: bool = True

    @property
    def sound(self) -> bool:
        """Whether everything fits."""
        return not self.findings

    @property
    def entries_per_second(self) -> float:
        """The rate at which the entries were verified."""
        return self.entries / self.seconds if self.seconds else 0.0


def verify_file(
    path: Path,
    *,
    keys: Iterable[PublicKey] = (),
    checkpoints: Iterable[str] = (),
    receipts: Iterable[Receipt] = (),
    seed: bytes,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Verify an export. `keys` are those the asker trusts, `checkpoints` notes kept elsewhere.

    Without keys the file's own are taken, and the report says so. `seed` is 16 random bytes of this
    run. Raises NotAnExport for a file of another kind, OSError where it cannot be read.
    """
    began = perf_counter()
    report = Report()
    contents = read_contents(path)
    trusted = list(keys)
    if not trusted:
        trusted, report.keys_known = contents.keys, False
    noted = [*contents.notes, *checkpoints]
    asked = list(receipts)
    said = check_notes(noted, contents.successions, trusted, contents.chains)
    report.said = said
    report.findings += [Finding(what, chain, seq) for what, chain, seq in contents.troubles]
    joined = {chain.chain_id: Joined(chain) for chain in contents.chains}
    for piece in _pieces(_jobs(path, contents, said, asked, seed), processes, path):
        joined[piece.job.chain_id].add(piece)
        if progress is not None:
            progress(sum(one.entries for one in joined.values()), contents.entries_said)
    persons: dict[int, tuple[int, int, int]] = {}
    for one in joined.values():
        one.end(persons)
        report.entries += one.entries
        report.erased += one.erased
        report.findings += [Finding(what, one.name, seq) for what, seq in one.troubles]
    report.chains = len(joined)
    said.settle(joined)
    report.findings += [Finding(what, chain, seq) for what, chain, seq in said.troubles]
    report.notices += said.notices
    told, report.receipts = check_receipts(asked, joined)
    report.findings += [Finding(what, chain, seq) for what, chain, seq in told]
    report.findings += _orders(joined.values(), persons, seed)
    if contents.entries_said != report.entries and not contents.truncated:
        report.findings.append(Finding("truncated", "file"))
    report.seconds = perf_counter() - began
    return report


def _jobs(
    path: Path, contents: Contents, said: Said, receipts: list[Receipt], seed: bytes
) -> Iterator[Job]:
    sizes = {chain.chain_id: said.sizes(chain.chain_id) for chain in contents.chains}
    seqs = {
        chain.chain_id: frozenset(one.seq for one in receipts if one.is_of(chain))
        for chain in contents.chains
    }
    for block in contents.blocks:
        yield Job(
            str(path),
            block.offset,
            block.length,
            block.chain_id,
            block.first,
            block.lines,
            sizes[block.chain_id],
            seqs[block.chain_id],
            seed,
        )


def _pieces(jobs: Iterator[Job], processes: int | None, path: Path) -> Iterator[Piece]:
    """Blocks in their order; a few at a time in other processes where the file is long."""
    count = processes or os.cpu_count() or 1
    alone = count == 1 or path.stat().st_size < WORTH_PROCESSES
    with (
        nullcontext() if alone else ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    ) as pool:
        if pool is None:
            yield from map(verify_block, jobs)
            return
        waiting: deque[Future[Piece]] = deque()
        for job in jobs:
            waiting.append(pool.submit(verify_block, job))
            if len(waiting) > 2 * count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _orders(
    joined: Iterable[Joined], persons: dict[int, tuple[int, int, int]], seed: bytes
) -> list[Finding]:
    """People whose order across the institutions is not 1, 2, 3 ..."""
    wrong: list[Finding] = []
    expected: dict[int, int] = {}
    for person_id, (count, largest, total) in sorted(persons.items()):
        if count == largest and count < MOST_ORDERS:
            if count not in expected:
                expected[count] = expected_sum(seed, count)
            if expected[count] == total:
                continue
        wrong.append(Finding("person-order", "people", None, person_id))
    if any(one.orderless for one in joined):
        wrong.append(Finding("person-order", "people"))
    return wrong
