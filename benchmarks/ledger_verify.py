"""An exported ledger verified offline: a million entries, beside plain hashing of the same bytes.

The floor beside it in the same run: the five SHA-256 an entry cannot do without (link, commitment
twice, leaf, node), over bytes of the same length and nothing else.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from audit.ledger.chain import genesis, link
from audit.ledger.checkpoint import Origin, sign_checkpoint
from audit.ledger.entry import Entry, seal
from audit.ledger.export_writing import Line, write_beginning, write_chain, write_end
from audit.ledger.note import PublicKey, Signer
from audit.ledger.offline import verify_file
from audit.ledger.tree import Frontier
from benchmarks.bars import Bar, Result

BAR_S, FLOOR_BAR = 15.0, 6.0
START_US = 1_700_000_000_000_000
PEOPLE = 1_500
FLOOR_ENTRIES = 100_000


def ledger_verify(entries: int) -> Result:
    """Write a ledger of so many hand-outs, verify it on every core and on one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger"
        keys = _write(path, entries)
        size_mb = path.stat().st_size / 1e6
        began = time.process_time()
        alone = verify_file(path, keys=keys, seed=os.urandom(16), processes=1)
        core_s = time.process_time() - began
        spread = verify_file(path, keys=keys, seed=os.urandom(16))
    if not alone.sound or not spread.sound or alone.entries != entries:
        raise SystemExit(f"an honest ledger does not verify: {alone.findings[:3]}")
    floor_us = _floor_us()
    ratio = core_s / entries * 1e6 / floor_us
    million_s = spread.seconds * 1e6 / entries
    return Result(
        "ledger-verify",
        [
            Bar("a million entries, every core", million_s, BAR_S, "s", at_least=False),
            Bar("one core, beside hashing alone", ratio, FLOOR_BAR, "x", at_least=False),
        ],
        {
            "entries": entries,
            "file_mb": round(size_mb),
            "entries_per_second": {
                "every core": round(spread.entries_per_second),
                "one core": round(entries / core_s),
                "hashing alone, one core": round(1e6 / floor_us),
            },
        },
    )


def _write(path: Path, entries: int) -> list[PublicKey]:
    """A ledger of hand-outs in one chain, with one checkpoint at its end; the log's keys."""
    chance = random.Random(3)
    origin = str(Origin("ledger.test", "nord", "clinical"))
    signer = Signer(origin, chance.randbytes(32), chance.randbytes(32), witness=False)
    # Twice the same draws: the checkpoint and the head stand before the entries in the file.
    tree, last = Frontier(), b""
    for entry, _ in _lines(entries):
        if entry is not None:
            last = entry[4]
            tree.add(last)
    note = sign_checkpoint(signer, origin, entries, tree.root(), START_US // 1_000_000).note
    with open(path, "wb") as out:
        write_beginning(out, "", (), [str(note)])
        head = (entries, last, START_US + entries * 1_000)
        write_chain(out, 1, "nord", "clinical", head, _lines(entries))
        write_end(out, 1, entries)
    return list(signer.keys)


def _lines(entries: int) -> Iterator[Line]:
    chance, orders = random.Random(4), [0] * PEOPLE
    previous, monday = genesis("nord", "clinical"), date(2026, 11, 23)
    for seq in range(1, entries + 1):
        person = seq % PEOPLE
        orders[person] += 1
        facts = {"reservation": seq, "swallowed": [[1, 80_000]], "bottle": 7, "how": "supervised"}
        entry = Entry(
            "handout-given",
            person_id=person + 1,
            person_seq=orders[person],
            unit_id=2,
            actor_id=7,
            on=monday + timedelta(days=orders[person] % 400),
            amount_ug=80_000,
            facts=facts,
        )
        sealed = seal(entry, chance.randbytes(32))
        moment = START_US + seq * 1_000
        previous = link(previous, seq, moment, sealed.body)
        on = entry.on.isoformat() if entry.on else None
        columns = (entry.person_id, entry.person_seq, 2, 7, on, entry.amount_ug)
        yield (
            (seq, moment, entry.kind, sealed.body, previous),
            (seq, entry.kind, *columns, sealed.payload, sealed.key, None),
        )


def _floor_us() -> float:
    link_bytes, payload, body = bytes(179), bytes(64 + 210), bytes(64 + 32)
    began = time.process_time()
    for _ in range(FLOOR_ENTRIES):
        sha256(link_bytes).digest()
        sha256(payload).digest()
        sha256(body).digest()
        sha256(body[:33]).digest()
        sha256(body[:65]).digest()
    return (time.process_time() - began) / FLOOR_ENTRIES * 1e6
