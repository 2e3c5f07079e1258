"""H23: ten thousand random tamperings by a superuser, all found; honest ledgers raise no alarm."""

from __future__ import annotations

import os
import random

import pytest

from audit.ledger.receipts import Receipt
from tests.audit.exported_ledgers import HASH, Ledger, honest
from tests.audit.second_verifier import second_opinion
from tests.audit.tampering import LAYERS, change_amount, noticed, run, tamper

ROUNDS = int(os.environ.get("TAMPER_ROUNDS") or 10_000)


def test_every_random_tampering_is_found(tmp_path):
    """H23: `make tamper` does a hundred thousand and says which layer noticed which."""
    counted, missed = run(ROUNDS, 20261201, tmp_path / "ledger")
    assert missed == []
    assert sum(count for (_, what), count in counted.items() if what == "tried") == ROUNDS


def test_honest_ledgers_raise_no_alarm(tmp_path):
    """Of any length, with any checkpoints on the way, by either verifier."""
    chance = random.Random(77)
    path = tmp_path / "ledger"
    for number in range(150):
        ledger = honest(chance, chains=chance.randrange(1, 4), longest=60, second=number % 10 == 0)
        report = noticed(ledger, ledger, path, "receipts")
        assert report.findings == []
        assert report.said.verified == len(ledger.notes)
        assert report.receipts == len(ledger.receipts)
        kept = [(one.where, one.seq, one.hash) for one in ledger.receipts]
        assert second_opinion(path, ledger.notes, kept) == set()


def test_the_second_verifier_finds_them_too(tmp_path):
    """It knows no signatures: forged notes are the first one's to find."""
    chance = random.Random(78)
    path = tmp_path / "ledger"
    for _ in range(400):
        ledger = honest(chance)
        name, tampered = tamper(ledger, chance)
        if name.startswith("checkpoint"):
            continue
        assert not noticed(ledger, tampered, path, "receipts").sound, name
        kept = [(one.where, one.seq, one.hash) for one in ledger.receipts]
        assert second_opinion(path, ledger.notes, kept) != set(), name


def _edit_and_leave(ledger: Ledger, covered: int) -> None:
    body = ledger.chains[0].lines[0][0][3]
    ledger.chains[0].lines[0][0][3] = body.replace(b"1", b"2", 1)


def _edit_and_relink(ledger: Ledger, covered: int) -> None:
    chain = ledger.chains[0]
    early = chain.copy()
    early.lines = chain.lines[:covered]
    change_amount(ledger, early, random.Random(1))
    chain.relink()


def _delete_and_relink(ledger: Ledger, covered: int) -> None:
    del ledger.chains[0].lines[covered - 1]
    ledger.chains[0].relink()


def _cut_the_newest(ledger: Ledger, covered: int) -> None:
    del ledger.chains[0].lines[covered:]
    ledger.chains[0].relink()


def _swap_the_newest(ledger: Ledger, covered: int) -> None:
    one, other = ledger.chains[0].lines[-2:]
    for column in (2, 3):
        one[0][column], other[0][column] = other[0][column], one[0][column]
    one[1], other[1] = other[1], one[1]
    ledger.chains[0].relink()


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (_edit_and_leave, (True, True, True)),
        (_edit_and_relink, (False, True, True)),
        (_delete_and_relink, (False, True, True)),
        (_cut_the_newest, (False, False, True)),
        (_swap_the_newest, (False, False, True)),
    ],
)
def test_who_notices_what(act, expected, tmp_path):
    """H23: the table of docs/ledger.md, with one checkpoint and then three more entries."""
    chance = random.Random(5)
    while True:
        ledger = honest(chance, chains=1, longest=14)
        # No person in it: what the chain's own order of people would notice is another matter.
        covered = ledger.covered[1]
        size = len(ledger.chains[0].lines)
        if 3 <= covered <= size - 2 and not _orders_matter(ledger, act, covered):
            break
    newest = ledger.chains[0].lines[-1][0][HASH]
    ledger.receipts = [Receipt(1, size, newest.hex())]
    tampered = ledger.copy()
    act(tampered, covered)
    found = tuple(
        not noticed(ledger, tampered, tmp_path / "ledger", layer).sound for layer in LAYERS
    )
    assert found == expected


def _orders_matter(ledger: Ledger, act, covered: int) -> bool:
    """Whether the people's own order tells already, or something was erased."""
    early = ledger.chains[0].lines[:covered]
    if any(beside[10] is not None for _, beside in ledger.chains[0].lines) or not any(
        beside[7] for _, beside in early
    ):
        return True
    tampered = ledger.copy()
    act(tampered, covered)
    numbers: dict[int, list[int]] = {}
    for _, beside in tampered.chains[0].lines:
        if beside[3] is not None:
            numbers.setdefault(beside[2], []).append(beside[3])
    return any(sorted(one) != list(range(1, len(one) + 1)) for one in numbers.values())
