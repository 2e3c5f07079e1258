"""The bytes of an entry and of a link, held against values worked out in the test by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given, strategies

from audit.ledger import Entry, canonical_json, genesis, link, seal
from audit.ledger.chain import microseconds

KEY = bytes(range(32))

plain = (
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-(2**63), 2**63 - 1)
    | strategies.text()
)
names = strategies.text(max_size=8)
values = strategies.recursive(
    plain,
    lambda inner: (
        strategies.lists(inner, max_size=4) | strategies.dictionaries(names, inner, max_size=4)
    ),
    max_leaves=12,
)
facts_of_any_shape = strategies.dictionaries(names, values, max_size=6)


@given(facts_of_any_shape, strategies.randoms(use_true_random=False))
def test_equal_facts_have_one_spelling_whatever_their_order(facts, chance) -> None:
    shuffled = list(facts.items())
    chance.shuffle(shuffled)
    assert canonical_json(dict(shuffled)) == canonical_json(facts)


@given(facts_of_any_shape)
def test_the_spelling_says_the_facts_and_nothing_else(facts) -> None:
    assert json.loads(canonical_json(facts)) == facts


@given(facts_of_any_shape, facts_of_any_shape)
def test_different_facts_never_share_a_spelling(one, other) -> None:
    assert (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)) == (
        canonical_json(one) == canonical_json(other)
    )


@given(strategies.floats(), facts_of_any_shape, strategies.integers(0, 3))
def test_no_float_enters_the_ledger_however_deep(number, facts, depth) -> None:
    hidden: object = number
    for _ in range(depth):
        hidden = [hidden] if depth % 2 else {"inner": hidden}
    with pytest.raises((TypeError, ValueError)):
        canonical_json({**facts, "hidden": hidden})


@pytest.mark.parametrize(
    "facts",
    [
        {"mg": Decimal("1.5")},
        {"raw": b"bytes"},
        {"days": {1, 2}},
        {"at": datetime(2026, 11, 23, 8, 0)},
        {1: "a number as a name"},
        {"inner": {1: "a number as a name"}},
        {"inner": [{None: 1}]},
    ],
    ids=str,
)
def test_what_has_no_canonical_form_is_refused(facts) -> None:
    with pytest.raises(TypeError):
        canonical_json(facts)


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ValueError):
        canonical_json({"note": "\ud800"})


def test_days_moments_and_words_are_spelled_the_iso_way() -> None:
    class Part(IntEnum):
        MORNING = 1

    class How(StrEnum):
        SUPERVISED = "supervised"

    copenhagen = timezone(timedelta(hours=1))
    facts = {
        "on": date(2026, 11, 23),
        "at": datetime(2026, 11, 23, 8, 0, tzinfo=copenhagen),
        "part": Part.MORNING,
        "how": How.SUPERVISED,
        "navn": "Å",
        "yes": True,
    }
    assert canonical_json(facts).decode() == (
        '{"at":"2026-11-23T07:00:00.000000Z","how":"supervised","navn":"Å","on":"2026-11-23",'
        '"part":1,"yes":true}'
    )


def test_a_sealed_entry_is_its_columns_and_facts_and_a_keyed_commitment() -> None:
    entry = Entry("handout-given", 42, 3, 2, 7, date(2026, 11, 23), 80_000, {"b": 1, "a": [1, 2]})
    payload = (
        b'{"actor_id":7,"amount_ug":80000,"facts":{"a":[1,2],"b":1},"kind":"handout-given",'
        b'"on":"2026-11-23","person_id":42,"person_seq":3,"unit_id":2}'
    )
    commitment = hmac.new(KEY, payload, hashlib.sha256).hexdigest().encode()
    sealed = seal(entry, KEY)
    assert sealed.payload == payload
    assert sealed.body == (
        b'{"commitment":"' + commitment + b'","key_version":1,"kind":"handout-given"}'
    )


@given(facts_of_any_shape, strategies.none() | strategies.integers(1, 2**62))
def test_a_payload_is_canonical_json_as_a_whole(facts, person_id) -> None:
    payload = seal(Entry("noted", person_id=person_id, facts=facts), KEY).payload
    said = json.loads(payload)
    again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert payload == again.encode()


@given(strategies.integers(1, 10**9), strategies.text(min_size=12, alphabet="abcdefgh"))
def test_the_chained_body_names_no_person_and_no_fact(person_id, note) -> None:
    """What stays for ever says only what kind of thing happened: erasing leaves nothing behind."""
    entry = Entry("noted", person_id=person_id, person_seq=1, facts={"note": note})
    body = seal(entry, KEY).body
    assert body.startswith(b'{"commitment":"') and body.endswith(
        b'","key_version":1,"kind":"noted"}'
    )
    assert len(body) == 15 + 64 + len('","key_version":1,"kind":"noted"}')


@pytest.mark.parametrize("kind", ["", "Given", "hand out", "given-", '"', "a_b", "given\n"])
def test_a_kind_is_lower_case_words_with_hyphens(kind) -> None:
    with pytest.raises(ValueError):
        seal(Entry(kind), KEY)


def test_a_short_key_and_an_order_without_a_person_are_refused() -> None:
    with pytest.raises(ValueError):
        seal(Entry("noted"), KEY[:31])
    with pytest.raises(ValueError):
        seal(Entry("noted", person_seq=1), KEY)


@pytest.mark.parametrize(
    "entry",
    [
        Entry("noted", amount_ug=1.5),
        Entry("noted", amount_ug=True),
        Entry("noted", on=datetime(2026, 11, 23, tzinfo=UTC)),
    ],
)
def test_columns_beside_an_entry_are_whole_numbers_and_days(entry) -> None:
    with pytest.raises(TypeError):
        seal(entry, KEY)


def test_a_chain_of_two_links_worked_out_by_hand() -> None:
    start = hashlib.sha256(b"\x02clinical\x00gartneriet").digest()
    assert genesis("gartneriet", "clinical") == start
    first = hashlib.sha256(
        b"\x00" + start + (1).to_bytes(8, "big") + (1_700_000_000_000_001).to_bytes(8, "big") + b"A"
    ).digest()
    second = hashlib.sha256(
        b"\x00" + first + (2).to_bytes(8, "big") + (1_700_000_000_000_001).to_bytes(8, "big") + b"B"
    ).digest()
    assert link(start, 1, 1_700_000_000_000_001, b"A") == first
    assert link(first, 2, 1_700_000_000_000_001, b"B") == second


def test_a_fixed_vector_so_that_the_form_cannot_drift() -> None:
    """Changing any of this breaks every ledger written before: it needs a new key version."""
    sealed = seal(Entry("handout-given", 1, 1, 1, 1, date(2026, 1, 1), 1, {"x": 1}), KEY)
    first = link(genesis("nord", "clinical"), 1, 1_767_225_600_000_000, sealed.body)
    assert first.hex() == "c2f97eab4a6bcf6f39abed82887c321808f2399e7a585ad71c31ba231fd057e2"


def test_chains_of_other_institutions_and_purposes_begin_elsewhere() -> None:
    starts = {genesis(place, why) for place in ("nord", "syd") for why in ("clinical", "views")}
    assert len(starts) == 4


def test_moments_are_exact_microseconds() -> None:
    assert microseconds(datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == 1_767_225_600_000_001
    with pytest.raises(ValueError):
        microseconds(datetime(2026, 1, 1))
