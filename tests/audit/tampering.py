"""A superuser against a small exported ledger: random tamperings, and who notices them.

`python -m tests.audit.tampering --rounds 100000` (also `make tamper`) prints what each layer
noticed and exits 1 when one was not found by all of them together. The ledger is in memory, so that
a hundred thousand take minutes; `test_export.py` does some of them to real tables.

What is no tampering with what happened, and not tried: adding an entry at the very end (whoever may
write can write lies), and the person's number beside a payload that was rightly erased.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audit.ledger.checkpoint import Origin, sign_checkpoint
from audit.ledger.entry import Entry, body_bytes
from audit.ledger.note import Signer
from audit.ledger.offline import Report, verify_file
from tests.audit.exported_ledgers import (
    ACTOR,
    AMOUNT,
    BODY,
    DAY,
    ERASED_BY,
    HASH,
    KEY,
    KIND,
    MOMENT,
    NAMED,
    ORDER,
    PAYLOAD,
    PERSON,
    SEQ,
    UNIT,
    Chain,
    Ledger,
    append_to,
    honest,
)
from tests.audit.ledgers import given

LAYERS = ("chain", "checkpoints", "receipts")
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
    append_to(other, given(9, 1, 5_000), chance)
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
    append_to(other, Entry("day-closed", unit_id=2, actor_id=7), chance)
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
