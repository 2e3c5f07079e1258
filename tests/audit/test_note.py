"""Signed notes and checkpoints: published examples, and that only the signed text is accepted."""

from __future__ import annotations

import random

import pytest

from audit.ledger.checkpoint import (
    Origin,
    checkpoint_text,
    read_checkpoint,
    read_origin,
    sign_checkpoint,
)
from audit.ledger.note import (
    ED25519,
    ML_DSA_44,
    WITNESS_ED25519,
    Head,
    NoteError,
    Signer,
    public_key,
    read_note,
    valid_signatures,
)
from audit.ledger.tree import EMPTY_ROOT

#: The published example of signed notes, as Go's checksum database has it.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
#: The published example of a cosigned checkpoint; its keys are not published, its form is.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q"
    "1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
CHANCE = random.Random(4)
SEEDS = CHANCE.randbytes(32), CHANCE.randbytes(32)
NAME = "ledger.test/nord/clinical"


def signed(size: int = 7):
    signer = Signer(NAME, *SEEDS, witness=False)
    return signer, sign_checkpoint(signer, NAME, size, EMPTY_ROOT, 1_795_000_000)


def test_the_published_note_is_read_and_its_signature_holds():
    key = public_key(NEUMANN)
    assert str(key) == NEUMANN
    note = read_note(NEUMANN_NOTE)
    assert str(note) == NEUMANN_NOTE
    assert valid_signatures(note, [key], None) == {key: None}
    with pytest.raises(NoteError):
        valid_signatures(read_note(NEUMANN_NOTE.replace("problem", "trouble")), [key], None)


def test_the_published_cosigned_checkpoint_is_read():
    read = read_checkpoint(SOFA)
    assert (read.origin, read.size) == ("example.com/behind-the-sofa", 20852163)
    assert str(read.note) == SOFA
    log, witness = read.note.signatures
    assert (len(log.signature), len(witness.signature)) == (64, 72)
    assert int.from_bytes(witness.signature[:8], "big") == 1679315147


def test_a_log_signs_with_both_keys_and_both_hold():
    signer, one = signed()
    read = read_checkpoint(str(one.note))
    held = read.signed_by(signer.keys)
    assert {key.type for key in held} == {ED25519, ML_DSA_44}
    assert list(held.values()) == [None, 1_795_000_000]
    assert read.signed_by_log(signer.keys)
    for key in signer.keys:
        assert public_key(str(key)) == key


def test_a_witness_signs_the_moment_too():
    _, one = signed()
    witness = Signer("witness.test", CHANCE.randbytes(32), CHANCE.randbytes(32), witness=True)
    note = one.note
    for line in witness.sign(note.text, one.head, 1_795_000_123):
        note = note.with_signature(line)
    held = read_checkpoint(str(note)).signed_by(witness.keys)
    assert {key.type for key in held} == {WITNESS_ED25519, ML_DSA_44}
    assert set(held.values()) == {1_795_000_123}
    assert note.with_signature(note.signatures[0]) is note


def test_every_flipped_bit_of_text_or_signature_is_refused():
    signer, one = signed()
    chance = random.Random(9)
    written = str(one.note).encode()
    refused = 0
    for _ in range(400):
        place = chance.randrange(len(written))
        bit = bytes([written[place] ^ 1 << chance.randrange(7)])
        try:
            read = read_checkpoint((written[:place] + bit + written[place + 1 :]).decode())
            held = read.signed_by(signer.keys)
        except (NoteError, UnicodeDecodeError):
            refused += 1
            continue
        # The line was no longer of a known key: it is passed over, and the other one holds.
        assert len(held) < 2
        assert (read.origin, read.size, read.root) == (one.origin, one.size, one.root)
    assert refused > 300


@pytest.mark.parametrize(
    "written",
    [
        "",
        "text without signatures\n",
        "a\n1\n\n— x AAAA\n",
        "a\n1\nAAAA\n\n— x AAAAAAAA\n",
        f"a\n01\n{'A' * 43}=\n\n— x AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\nextension\n\n— x AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\n\n- x AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\n\n— x  AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\n\n— x AAAAAAAA",
        f"a\r\n1\n{'A' * 43}=\n\n— x AAAAAAAA\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(written):
    with pytest.raises(NoteError):
        read_checkpoint(written)


@pytest.mark.parametrize(
    "line", ["", "name", "a+00000000+AQ==", NEUMANN.replace("c74f20a3", "c74f20a4"), NEUMANN[:-4]]
)
def test_what_is_no_key_is_refused(line):
    with pytest.raises(NoteError):
        public_key(line)


def test_an_origin_names_institution_purpose_and_generation():
    for origin in (
        Origin("ledger.test", "nord", "clinical"),
        Origin("ledger.test", "Prøve enheden+/2", "views", 3),
    ):
        assert read_origin(str(origin)) == origin
        assert not {" ", "+"} & set(str(origin))
    for wrong in ("", "x", "x/y", "x/y/z/1", "x/y/z/q", "X/y/z", "x/y/z/2/3"):
        with pytest.raises(NoteError):
            read_origin(wrong)


def test_the_text_is_three_lines():
    assert checkpoint_text("o", 3, bytes(32)) == f"o\n3\n{'A' * 43}=\n"
    with pytest.raises(NoteError):
        Signer("x" * 300, *SEEDS, witness=False).sign("o\n", Head("o", 1, bytes(32)), 1)
