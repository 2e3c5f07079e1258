"""The tree: published vectors, a second implementation, and proofs that nothing else satisfies."""

import random

import pytest

from audit.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.audit import rfc_tree

#: The leaves and roots that Certificate Transparency's implementations are all tested with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: Published proofs: (leaf, size) -> path; (older, newer) -> consistency proof.
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
PROOFS = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def numbered(count: int) -> list[bytes]:
    return [number.to_bytes(32, "big") for number in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size):
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]
    assert rfc_tree.mth(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("leaf", "size"), PATHS)
def test_the_published_inclusion_proofs_come_out(leaf, size):
    expected = [bytes.fromhex(one) for one in PATHS[leaf, size]]
    assert inclusion_proof(LEAVES[:size], leaf) == expected
    assert verify_inclusion(LEAVES[leaf], leaf, size, expected, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "size"), PROOFS)
def test_the_published_consistency_proofs_come_out(old, size):
    expected = [bytes.fromhex(one) for one in PROOFS[old, size]]
    assert consistency_proof(LEAVES[:size], old) == expected
    roots = (bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[size]))
    assert verify_consistency(old, size, *roots, expected)


def test_every_root_and_proof_of_small_trees_is_the_second_implementations():
    """Every leaf and every older size of every tree up to 40 leaves."""
    for size in range(41):
        leaves = numbered(size)
        root = root_of(leaves)
        assert root == rfc_tree.mth(leaves)
        for leaf in range(size):
            proof = inclusion_proof(leaves, leaf)
            assert proof == rfc_tree.path(leaf, leaves)
            assert rfc_tree.root_from_path(leaves[leaf], leaf, size, proof) == root
            assert verify_inclusion(leaves[leaf], leaf, size, proof, root)
        for old in range(1, size + 1):
            proof = consistency_proof(leaves, old)
            assert proof == rfc_tree.proof(old, leaves)
            assert verify_consistency(old, size, root_of(leaves[:old]), root, proof)


def test_a_frontier_goes_on_from_wherever_it_stopped():
    leaves = numbered(300)
    for stop in (0, 1, 2, 63, 64, 65, 255, 256, 299):
        frontier = Frontier()
        for leaf in leaves[:stop]:
            frontier.add(leaf)
        resumed = Frontier(frontier.size, frontier.peaks)
        for leaf in leaves[stop:]:
            resumed.add(leaf)
        assert resumed.root() == rfc_tree.mth(leaves)
        assert frontier.root() == rfc_tree.mth(leaves[:stop])


def test_trees_side_by_side_join_into_the_tree_over_both():
    """What lets a long ledger be verified in blocks of a power of two."""
    for block in (1, 2, 16):
        for size in range(70):
            joined = Frontier()
            for start in range(0, size, block):
                piece = Frontier()
                for leaf in numbered(size)[start : start + block]:
                    piece.add(leaf)
                joined.join(piece)
            assert (joined.size, joined.root()) == (size, rfc_tree.mth(numbered(size)))
    uneven = Frontier(1, [EMPTY_ROOT])
    with pytest.raises(ValueError):
        uneven.join(Frontier(2, [EMPTY_ROOT]))


def test_no_other_leaf_place_size_root_or_proof_is_accepted():
    chance = random.Random(11)
    for _ in range(3_000):
        size = chance.randrange(1, 60)
        leaves, leaf = numbered(size), chance.randrange(size)
        proof, root = inclusion_proof(leaves, leaf), root_of(leaves)
        what = chance.randrange(5)
        if what == 0:
            asked = (b"\xff" * 32, leaf, size, proof, root)
        elif what == 1:
            asked = (leaves[leaf], (leaf + chance.randrange(1, 60)) % 61, size, proof, root)
        elif what == 2:
            asked = (leaves[leaf], leaf, size, proof, damaged(root, chance))
        elif what == 3:
            asked = (leaves[leaf], leaf, size, [*proof, root], root)
        elif proof:
            place = chance.randrange(len(proof))
            other = [*proof[:place], damaged(proof[place], chance), *proof[place + 1 :]]
            asked = (leaves[leaf], leaf, size, chance.choice([other, proof[1:]]), root)
        else:
            continue
        assert not verify_inclusion(*asked)


def test_no_other_older_tree_is_taken_for_the_beginning():
    chance = random.Random(12)
    for _ in range(3_000):
        size = chance.randrange(2, 60)
        old = chance.randrange(1, size)
        leaves = numbered(size)
        forged = list(leaves)
        forged[chance.randrange(old)] = chance.randbytes(32)
        root, old_root = root_of(leaves), root_of(leaves[:old])
        proof = consistency_proof(leaves, old)
        assert not verify_consistency(old, size, root_of(forged[:old]), root, proof)
        assert not verify_consistency(old, size, old_root, root_of(forged), proof)
        assert not verify_consistency(
            old, size, old_root, root_of(forged), consistency_proof(forged, old)
        )
        assert not verify_consistency(old, size, old_root, root, [*proof, root])
        if proof:
            assert not verify_consistency(old, size, old_root, root, proof[:-1])


def test_nonsense_is_refused():
    with pytest.raises(ValueError):
        Frontier(3, [EMPTY_ROOT])
    with pytest.raises(ValueError):
        Frontier(1, [b"short"])
    with pytest.raises(ValueError):
        inclusion_proof(numbered(3), 3)
    with pytest.raises(ValueError):
        consistency_proof(numbered(3), 4)
    assert not verify_inclusion(b"", 3, 3, [], EMPTY_ROOT)
    assert not verify_consistency(4, 3, EMPTY_ROOT, EMPTY_ROOT, [])
    assert verify_consistency(0, 3, EMPTY_ROOT, root_of(numbered(3)), [])


def damaged(hash_: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(hash_))
    return hash_[:place] + bytes([hash_[place] ^ 1 << chance.randrange(8)]) + hash_[place + 1 :]
