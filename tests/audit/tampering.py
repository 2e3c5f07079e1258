"""A superuser against a small exported ledger: random tamperings, and who notices them.

`python -m tests.audit.tampering --rounds 100000` (also `make tamper`) prints what each layer
noticed and exits 1 when one was not found by all of them together. The ledger is in memory, so that
a hundred thousand take minutes; `test_export.py` does some of them to real tables.

What is no tampering with what happened, and not tried: adding an entry at the very end (whoever may
write can write lies), and the person's number beside a payload that was rightly erased.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.ledger.chain import genesis, link
from audit.ledger.checkpoint import Origin, sign_checkpoint
from audit.ledger.entry import ERASURE_KIND, Entry, body_bytes, seal
from audit.ledger.export_writing import write_beginning, write_chain, write_end
from audit.ledger.note import PublicKey, Signer
from audit.ledger.offline import Report, verify_file
from audit.ledger.receipts import Receipt
from audit.ledger.tree import root_of
from tests.audit.ledgers import given

LAYERS = ("chain", "checkpoints", "receipts")
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
            _append(chain, _entry(seq, orders, chance), chance)
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


def _append(chain: Chain, entry: Entry, chance: random.Random) -> None:
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
    _append(chain, named, chance)
    by_seq = len(chain.lines)
    for seq in seqs:
        beside = chain.lines[seq - 1][1]
        beside[UNIT : KEY + 1] = [None] * (KEY + 1 - UNIT)
        beside[ERASED_BY] = by_seq


Tamper = Callable[[Ledger, Chain, random.Random], None]


def flip(part: int, column: int) -> Tamper:
    """One bit of one column of bytes."""

    def tamper(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
        line = _readable(chain, chance)
        value = line[part][column]
        place = chance.randrange(len(value))
        bit = value[place] ^ 1 << chance.randrange(8)
        line[part][column] = value[:place] + bytes([bit]) + value[place + 1 :]

    return tamper


def add_to(part: int, column: int, most: int) -> Tamper:
    """A number or a moment, a little or much more or less."""

    def tamper(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
        half = _readable(chain, chance)[part]
        step = chance.choice((-1, 1)) * chance.randrange(1, most)
        half[column] = step if half[column] is None else half[column] + step

    return tamper


def put(part: int, column: int, *values: Any) -> Tamper:
    def tamper(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
        _readable(chain, chance)[part][column] = chance.choice(values)

    return tamper


def change_amount(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """The whole lie: another amount in payload and column, a fresh key, the body to match."""
    with_amount = [line for line in chain.lines if line[1] and line[1][AMOUNT]]
    if not with_amount:
        return
    entry, beside = chance.choice(with_amount)
    beside[PAYLOAD] = beside[PAYLOAD].replace(b'"amount_ug":', b'"amount_ug":9', 1)
    beside[AMOUNT] = int(f"9{beside[AMOUNT]}")
    beside[KEY] = chance.randbytes(32)
    entry[BODY] = body_bytes(entry[KIND], beside[KEY], beside[PAYLOAD])


def forge(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """Another entry altogether in the place of one."""
    place = chance.randrange(len(chain.lines))
    entry, beside = chain.lines[place]
    other = Chain(0, "x", "clinical", [])
    _append(other, given(9, 1, 5_000), chance)
    forged, forged_beside = other.lines[0]
    forged[SEQ] = forged_beside[SEQ] = entry[SEQ]
    forged[MOMENT] = entry[MOMENT]
    if beside is not None:
        forged_beside[PERSON : ORDER + 1] = beside[PERSON : ORDER + 1]
    forged[HASH] = entry[HASH]
    chain.lines[place] = [forged, forged_beside]


def insert(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """An entry that never was, before the end."""
    other = Chain(0, "x", "clinical", [])
    _append(other, Entry("day-closed", unit_id=2, actor_id=7), chance)
    place = chance.randrange(len(chain.lines))
    line = other.lines[0]
    line[0][MOMENT] = chain.lines[place][0][MOMENT]
    line[0][SEQ] = line[1][SEQ] = chain.lines[place][0][SEQ]
    line[0][HASH] = chance.randbytes(32)
    chain.lines.insert(place, line)


def delete(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    del chain.lines[chance.randrange(len(chain.lines))]


def delete_payload(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    chance.choice(chain.lines)[1] = None


def cut(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """The newest entries and, as with any cut worth making, the head set back."""
    del chain.lines[-chance.randrange(1, 4) :]
    last = chain.lines[-1][0] if chain.lines else [0, None, "", b"", chain.start()]
    chain.head = [last[SEQ], last[HASH], last[MOMENT]]


def cut_the_beginning(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    del chain.lines[: chance.randrange(1, 4)]


def swap(*columns: tuple[int, int]) -> Tamper:
    """Two entries exchange some columns, or all but number and moment."""

    def tamper(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
        one, other = chance.sample([line for line in chain.lines if line[1] is not None], 2)
        for part, column in columns:
            one[part][column], other[part][column] = other[part][column], one[part][column]

    return tamper


def erase_silently(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    beside = _readable(chain, chance)[1]
    beside[UNIT : KEY + 1] = [None] * (KEY + 1 - UNIT)
    beside[ERASED_BY] = chance.choice((None, 1, len(chain.lines), 99))


def change_head(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    place = chance.randrange(2)
    chain.head[place] = chain.head[0] + 1 if place == 0 else chance.randbytes(32)


def empty(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    chain.lines.clear()


def drop_chain(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    ledger.chains.remove(chain)


def copy_chain(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """Another institution's entries under this one's name."""
    other = next(one for one in ledger.chains if one is not chain)
    chain.lines = other.copy().lines


def forge_note(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """A checkpoint of the superuser's own making, under a key of his own, put beside the rest."""
    name = str(Origin("ledger.test", chain.institution, "clinical"))
    signer = Signer(name, chance.randbytes(32), None, witness=False)
    note = sign_checkpoint(signer, name, 1, chance.randbytes(32), 1)
    ledger.notes.append(str(note.note))


def damage_note(ledger: Ledger, chain: Chain, chance: random.Random) -> None:
    """A signed checkpoint with another size."""
    place = chance.randrange(len(ledger.notes))
    lines = ledger.notes[place].split("\n")
    lines[1] = str(int(lines[1]) + chance.randrange(1, 3))
    ledger.notes[place] = "\n".join(lines)


ALL_BUT_PLACE = (
    *((0, column) for column in (KIND, BODY)),
    *((1, column) for column in range(NAMED, ERASED_BY + 1)),
)
TAMPERINGS: dict[str, Tamper] = {
    "body flipped": flip(0, BODY),
    "hash flipped": flip(0, HASH),
    "payload flipped": flip(1, PAYLOAD),
    "key flipped": flip(1, KEY),
    "moment moved": add_to(0, MOMENT, 200_000_000),
    "number changed": add_to(0, SEQ, 3),
    "kind of the entry": put(0, KIND, "handout-reversed", "x"),
    "kind beside": put(1, NAMED, "handout-reversed", "x"),
    "person changed": add_to(1, PERSON, 3),
    "order changed": add_to(1, ORDER, 3),
    "unit changed": add_to(1, UNIT, 3),
    "actor changed": add_to(1, ACTOR, 3),
    "day changed": put(1, DAY, "2026-01-01", None),
    "amount beside": add_to(1, AMOUNT, 3),
    "key of another length": put(1, KEY, b"", b"short", bytes(33)),
    "amount in all places": change_amount,
    "entry forged": forge,
    "entry inserted": insert,
    "entry deleted": delete,
    "payload row deleted": delete_payload,
    "newest cut off": cut,
    "oldest cut off": cut_the_beginning,
    "entries swapped": swap(*ALL_BUT_PLACE),
    "bodies swapped": swap((0, BODY)),
    "payloads swapped": swap((1, PAYLOAD), (1, KEY)),
    "commitments swapped": swap((0, BODY), (1, PAYLOAD), (1, KEY)),
    "erased without a word": erase_silently,
    "head changed": change_head,
    "chain emptied": empty,
    "chain dropped": drop_chain,
    "chain of another": copy_chain,
    "checkpoint forged": forge_note,
    "checkpoint damaged": damage_note,
}


def tamper(original: Ledger, chance: random.Random) -> tuple[str, Ledger]:
    """Something is tampered with; in half of the cases the whole chain is then computed anew."""
    while True:
        ledger = original.copy()
        name = chance.choice(list(TAMPERINGS))
        chain = chance.choice(ledger.chains)
        TAMPERINGS[name](ledger, chain, chance)
        anew = chance.random() < 0.5 and chain in ledger.chains
        if anew:
            chain.relink(renumber=chance.random() < 0.8)
        if ledger != original:
            return name + (", computed anew" if anew else ""), ledger


def noticed(original: Ledger, tampered: Ledger, path: Path, layer: str) -> Report:
    """What verifying says with one layer, and all before it, to hold the file against.

    Checkpoints are those of the signer's folder; the file's own come beside them.
    """
    with_notes = layer != "chain"
    tampered.write(path, tampered.notes if with_notes else [])
    return verify_file(
        path,
        keys=original.keys,
        checkpoints=original.notes if with_notes else (),
        receipts=original.receipts if layer == "receipts" else (),
        seed=bytes(16),
        processes=1,
    )


def run(
    rounds: int, seed: int, path: Path, layers: tuple[str, ...] = ("receipts",)
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Tamper so many times; answers what each layer noticed by kind, and what none did."""
    chance = random.Random(seed)
    counted: Counter[tuple[str, str]] = Counter()
    missed: list[str] = []
    original = honest(chance)
    for number in range(rounds):
        if number % 50 == 0:
            original = honest(chance)
            if not noticed(original, original.copy(), path, "receipts").sound:
                missed.append(f"false alarm before round {number} of seed {seed}")
        name, tampered = tamper(original, chance)
        counted[name, "tried"] += 1
        for layer in layers:
            found = not noticed(original, tampered, path, layer).sound
            counted[name, layer] += found
            if not found and layer == layers[-1]:
                missed.append(f"{name}, round {number} of seed {seed}")
    return counted, missed


def _readable(chain: Chain, chance: random.Random) -> list[Any]:
    return chance.choice([line for line in chain.lines if line[1] and line[1][PAYLOAD]])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.audit.tampering")
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counted, missed = run(asked.rounds, asked.seed, Path(folder) / "ledger", LAYERS)
    print(f"{'':44}{'tried':>7}" + "".join(f"{layer:>13}" for layer in LAYERS))
    for name in sorted({name for name, _ in counted}):
        found = "".join(f"{counted[name, layer]:>13}" for layer in LAYERS)
        print(f"{name:44}{counted[name, 'tried']:>7}{found}")
    print(f"{asked.rounds - len(missed)} of {asked.rounds} found by all layers together")
    for one in missed:
        print(f"NOT FOUND: {one}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
