"""A small ledger in memory, written as the service writes it: what tamperings begin with."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.ledger.chain import genesis, link
from audit.ledger.checkpoint import Origin, sign_checkpoint
from audit.ledger.entry import ERASURE_KIND, Entry, seal
from audit.ledger.export_writing import write_beginning, write_chain, write_end
from audit.ledger.note import PublicKey, Signer
from audit.ledger.receipts import Receipt
from audit.ledger.tree import root_of
from tests.audit.ledgers import given

START_US = 1_795_000_000_000_000
# Places in a line's two halves, as `audit.ledger.holding` names them.
SEQ, MOMENT, KIND, BODY, HASH = range(5)
(_, NAMED, PERSON, ORDER, UNIT, ACTOR, DAY, AMOUNT, PAYLOAD, KEY, ERASED_BY) = range(11)


@dataclass
class Chain:
    """One chain as a superuser sees it: rows that can be written over."""

    chain_id: int
    institution: str
    purpose: str
    lines: list[list[Any]]
    head: list[Any] = field(default_factory=list)

    def copy(self) -> Chain:
        lines = [
            [list(entry), None if beside is None else list(beside)] for entry, beside in self.lines
        ]
        return Chain(self.chain_id, self.institution, self.purpose, lines, list(self.head))

    def start(self) -> bytes:
        return genesis(self.institution, self.purpose)

    def relink(self, *, renumber: bool = True) -> None:
        """Compute every hash and the head anew, as who knows the code would."""
        previous = self.start()
        for place, (entry, beside) in enumerate(self.lines, 1):
            if renumber:
                entry[SEQ] = place
                if beside is not None:
                    beside[SEQ] = place
            previous = entry[HASH] = link(previous, entry[SEQ], entry[MOMENT], entry[BODY])
        last = self.lines[-1][0] if self.lines else [0, None, "", b"", previous]
        self.head = [last[SEQ], previous, last[MOMENT]]


@dataclass
class Ledger:
    """Chains, what was signed of them, and the receipts that counters kept."""

    chains: list[Chain]
    notes: list[str]
    receipts: list[Receipt]
    keys: list[PublicKey]
    covered: dict[int, int]

    def copy(self) -> Ledger:
        chains = [chain.copy() for chain in self.chains]
        return Ledger(chains, list(self.notes), self.receipts, self.keys, self.covered)

    def write(self, path: Path, notes: list[str] | None = None) -> None:
        out = io.BytesIO()
        write_beginning(out, "now", (), self.notes if notes is None else notes)
        entries = 0
        for chain in self.chains:
            entries += write_chain(
                out,
                chain.chain_id,
                chain.institution,
                chain.purpose,
                (chain.head[0], chain.head[1], chain.head[2]),
                [(tuple(e), None if b is None else tuple(b)) for e, b in chain.lines],
            )
        write_end(out, len(self.chains), entries)
        path.write_bytes(out.getvalue())


def honest(
    chance: random.Random, *, chains: int = 2, longest: int = 16, second: bool = False
) -> Ledger:
    """A ledger as the service writes it: some erased, checkpoints on the way, receipts kept."""
    made: list[Chain] = []
    notes: list[str] = []
    receipts: list[Receipt] = []
    keys: list[PublicKey] = []
    covered: dict[int, int] = {}
    orders: dict[int, int] = {}
    seeds = chance.randbytes(32), chance.randbytes(32) if second else None
    for chain_id in range(1, chains + 1):
        chain = Chain(chain_id, f"sted {chain_id}", "clinical", [])
        count = chance.randrange(4, longest + 1)
        for seq in range(1, count + 1):
            append_to(chain, _entry(seq, orders, chance), chance)
        if count > 6 and chance.random() < 0.7:
            _erase(chain, chance)
        chain.relink()
        signer = Signer(
            str(Origin("ledger.test", chain.institution, "clinical")), *seeds, witness=False
        )
        keys += signer.keys
        leaves = [entry[HASH] for entry, _ in chain.lines]
        sizes = sorted({chance.randrange(1, len(leaves) + 1) for _ in range(2)})
        for size in sizes:
            name = signer.key.name
            note = sign_checkpoint(signer, name, size, root_of(leaves[:size]), 1_795_000_000)
            notes.append(str(note.note))
        covered[chain_id] = sizes[-1]
        for seq in {len(leaves), *chance.sample(range(1, len(leaves) + 1), 2)}:
            receipts.append(Receipt(chain_id, seq, leaves[seq - 1].hex()))
        made.append(chain)
    return Ledger(made, notes, receipts, keys, covered)


def _entry(seq: int, orders: dict[int, int], chance: random.Random) -> Entry:
    if chance.random() < 0.2:
        return Entry("day-closed", unit_id=2, actor_id=7, facts={"seq": seq})
    person = chance.randrange(1, 5)
    orders[person] = orders.get(person, 0) + 1
    return given(person, orders[person], 1_000 * chance.randrange(1, 100), seq % 9)


def append_to(chain: Chain, entry: Entry, chance: random.Random) -> None:
    sealed = seal(entry, chance.randbytes(32))
    seq = len(chain.lines) + 1
    moment = START_US + seq * 60_000_000 + chance.randrange(1_000)
    on = None if entry.on is None else entry.on.isoformat()
    beside = [
        *(seq, entry.kind, entry.person_id, entry.person_seq, entry.unit_id, entry.actor_id),
        *(on, entry.amount_ug, sealed.payload, sealed.key, None),
    ]
    chain.lines.append([[seq, moment, entry.kind, sealed.body, b""], beside])


def _erase(chain: Chain, chance: random.Random) -> None:
    """As the owner rightly does: an entry that names what is erased, then payload and key gone."""
    seqs = sorted(chance.sample(range(1, len(chain.lines)), 2))
    named = Entry(ERASURE_KIND, actor_id=1, facts={"seqs": seqs, "reason": "another person"})
    append_to(chain, named, chance)
    by_seq = len(chain.lines)
    for seq in seqs:
        beside = chain.lines[seq - 1][1]
        beside[UNIT : KEY + 1] = [None] * (KEY + 1 - UNIT)
        beside[ERASED_BY] = by_seq
