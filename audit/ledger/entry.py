"""What an entry says, and its sealed form: canonical payload, key, and the commitment to it.

The chain holds only the body: the entry's kind and HMAC-SHA256(key, payload). Payload and key lie
beside it and can be erased; what is left is then indistinguishable from chance, and the chain
still verifies. The body names neither person nor institution: the person's number and order are
inside the payload, the institution is bound by the chain's first hash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hmac import digest
from json import JSONEncoder
from typing import Any, cast

#: The form of payload and body written today; a later form gets the next number.
KEY_VERSION = 1
KEY_BYTES = 32
#: The kind of the entry that names erased payloads, in `facts["seqs"]`.
ERASURE_KIND = "payload-erased"

_KIND = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")

#: The exact types of nearly every fact, in which nothing loose can hide.
_HOLDS_NOTHING = frozenset({str, int, bool, type(None), date, datetime})

_NAMES_ARE_TEXT = "the name of a ledger fact is a string"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, before it is sealed.

    `facts` holds strings, whole numbers, truth values, None, dates, aware datetimes, and lists and
    mappings (with string keys) of these. Never a float: amounts are whole micrograms. `person_seq`
    is the person's own order across institutions, from 1 without gaps; None for views and for what
    concerns no person.
    """

    kind: str
    person_id: int | None = None
    person_seq: int | None = None
    unit_id: int | None = None
    actor_id: int | None = None
    on: date | None = None
    amount_ug: int | None = None
    facts: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry ready to append: the body that is chained, what it commits to, and the key."""

    entry: Entry
    body: bytes
    payload: bytes
    key: bytes


def seal(entry: Entry, key: bytes) -> Sealed:
    """Write the entry in canonical form and commit to it under `key` (32 fresh random bytes).

    Raises TypeError for a fact that has no canonical form (a float, a Decimal, an unknown type) and
    ValueError for a kind that is not lower-case words joined by hyphens, a key of another length,
    or a person's order without a person.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the key of an entry is 32 random bytes")
    if entry.person_seq is not None and entry.person_id is None:
        raise ValueError("a person's order needs the person")
    payload = payload_bytes(entry)
    return Sealed(entry, body_bytes(entry.kind, key, payload), payload, key)


def payload_bytes(entry: Entry) -> bytes:
    """The canonical JSON of an entry: its columns and its facts, keys in order, UTF-8."""
    if _KIND.fullmatch(entry.kind) is None:
        raise ValueError("the kind of an entry is lower-case words joined by hyphens")
    before, after = frame(
        entry.kind,
        entry.person_id,
        entry.person_seq,
        entry.unit_id,
        entry.actor_id,
        None if entry.on is None else _day(entry.on),
        entry.amount_ug,
    )
    return before + canonical_json(entry.facts or {}) + after


def frame(
    kind: str,
    person_id: int | None,
    person_seq: int | None,
    unit_id: int | None,
    actor_id: int | None,
    on: str | None,
    amount_ug: int | None,
) -> tuple[bytes, bytes]:
    """What stands before and after the facts in a payload with these columns.

    Written out rather than encoded: a year of hand-outs passes here, and verifying compares the
    columns beside a payload with it without parsing. `on` is an ISO date.
    """
    day = "null" if on is None else f'"{on}"'
    return (
        f'{{"actor_id":{_whole(actor_id)},"amount_ug":{_whole(amount_ug)},"facts":'.encode(),
        f',"kind":"{kind}","on":{day},"person_id":{_whole(person_id)},'
        f'"person_seq":{_whole(person_seq)},"unit_id":{_whole(unit_id)}}}'.encode(),
    )


def body_bytes(kind: str, key: bytes, payload: bytes) -> bytes:
    """The chained bytes of an entry: its kind and the keyed commitment to its payload."""
    commitment = digest(key, payload, "sha256").hex()
    return f'{{"commitment":"{commitment}","key_version":{KEY_VERSION},"kind":"{kind}"}}'.encode()


def canonical_json(facts: Mapping[str, object]) -> bytes:
    """One spelling for equal facts: keys sorted, no spaces, no floats, dates ISO, moments UTC.

    Raises TypeError for what has no canonical form, ValueError for text that is not Unicode.
    """
    text = _ENCODER.encode(facts if isinstance(facts, dict) else dict(facts))
    # The encoder spells floats and turns other keys into strings without a word. A float shows as
    # one of three signs, an inner mapping as a brace: look closely only where one of them stands.
    if "." in text or "e-" in text or "e+" in text or text.count("{") > 1:
        _refuse_loose(facts)
    else:
        for name in facts:
            if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(_NAMES_ARE_TEXT)
    return text.encode()


def _refuse_loose(value: object) -> None:
    """Raise TypeError where the encoder would silently choose a spelling: floats, other keys."""
    if isinstance(value, float):
        raise TypeError("a ledger fact is never a float: use whole micrograms or a string")
    if isinstance(value, Mapping):
        for name, inner in cast(Mapping[object, object], value).items():
            if not isinstance(name, str):
                raise TypeError(_NAMES_ARE_TEXT)
            if type(inner) not in _HOLDS_NOTHING:
                _refuse_loose(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("list[object]", value):
            if type(inner) not in _HOLDS_NOTHING:
                _refuse_loose(inner)


def _spell(value: object) -> Any:
    """The JSON form of what JSON does not know; called by the encoder."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment in the ledger needs a time zone")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, object], value))
    raise TypeError(f"a ledger fact cannot be a {type(value).__name__}")


def _day(on: date) -> str:
    if isinstance(on, datetime):
        raise TypeError("the day of an entry is a date, not a moment")
    return on.isoformat()


def _whole(number: int | None) -> str:
    if type(number) is int:
        return str(number)
    if number is None:
        return "null"
    if not isinstance(number, int) or isinstance(number, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("numbers beside an entry are whole numbers")
    return format(number, "d")


_ENCODER = JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_spell
)
