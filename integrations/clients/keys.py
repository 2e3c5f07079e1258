"""Public keys of clients: read from an upload, or fetched from where the client publishes them."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from integrations.clients.ports import Jwk, KeySource, OutOfReach

KIND_OF = {"ES384": "EC", "RS384": "RSA"}
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 8192
MOST_KEYS = 10
MOST_BYTES = 64 * 1024
# How long fetched keys are used; how soon they are fetched again for a key id nobody knows.
KEPT = timedelta(minutes=10)
ASKED_AGAIN = timedelta(seconds=60)
PUBLIC = ("kty", "crv", "x", "y", "n", "e")
#: The members of a private key, and of a shared one.
SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class NotKeys(ValueError):
    """An upload that cannot be used. ``why`` is a stable word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def fits(key: Jwk, algorithm: str) -> bool:
    """Whether a key can have made a signature of that algorithm, by what it says of itself."""
    if key.get("kty") != KIND_OF.get(algorithm) or key.get("alg") not in (None, algorithm):
        return False
    if key.get("use") not in (None, "sig") or (key.get("kty") == "EC" and key["crv"] != "P-384"):
        return False
    operations = key.get("key_ops")
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def read_keys(text: str) -> list[dict[str, Any]]:
    """The public keys of an upload: a JWK, a set of them, or PEM. Each has a ``kid``.

    Raises NotKeys: ``private-key`` (nobody's secret is kept here), ``not-keys``, ``weak-key``,
    ``wrong-kind`` (neither P-384 nor RSA), ``same-kid``, ``too-many``.
    """
    text = text.strip()
    if not text or len(text) > MOST_BYTES:
        raise NotKeys("not-keys")
    if "PRIVATE KEY-----" in text:
        raise NotKeys("private-key")
    found = _of_pem(text) if text.startswith("-----BEGIN") else _of_json(text)
    if not 0 < len(found) <= MOST_KEYS:
        raise NotKeys("not-keys" if not found else "too-many")
    if len({one["kid"] for one in found}) != len(found):
        raise NotKeys("same-kid")
    return found


def _of_pem(text: str) -> list[dict[str, Any]]:
    end = "-----END PUBLIC KEY-----"
    blocks = [one + end for one in text.split(end) if one.strip()]
    found: list[dict[str, Any]] = []
    for block in blocks:
        for kind in (ECKey, RSAKey):
            try:
                found.append(public(kind.import_key(block.strip().encode())))
                break
            except NotKeys:
                raise
            except Exception:  # Each library and kind has errors of its own for what is no key.
                continue
        else:
            raise NotKeys("not-keys")
    return found


def _of_json(text: str) -> list[dict[str, Any]]:
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise NotKeys("not-keys") from None
    listed: Any = cast(dict[str, Any], read).get("keys", [read]) if isinstance(read, dict) else None
    if not isinstance(listed, list):
        raise NotKeys("not-keys")
    return [_of_jwk(one) for one in cast(list[Any], listed)]


def _of_jwk(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise NotKeys("not-keys")
    told = cast(dict[str, Any], one)
    if told.keys() & SECRET:
        raise NotKeys("private-key")
    if told.get("kty") not in ("EC", "RSA"):
        raise NotKeys("wrong-kind")
    try:
        key = JWKRegistry.import_key(cast(Any, told))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise NotKeys("not-keys") from None
    made = public(key)
    if isinstance(told.get("kid"), str):
        made["kid"] = told["kid"][:100]
    return made


def public(key: Any) -> dict[str, Any]:
    """The public half as a JWK with a ``kid``, its thumbprint where it has none. Raises NotKeys."""
    held = key.raw_value
    if isinstance(key, ECKey):
        if key.curve_name != "P-384":
            raise NotKeys("wrong-kind")
    elif isinstance(key, RSAKey):
        bits = held.key_size if isinstance(held, RSAPublicKey) else held.public_key().key_size
        if not LEAST_RSA_BITS <= bits <= MOST_RSA_BITS:
            raise NotKeys("weak-key")
    else:
        raise NotKeys("wrong-kind")
    told = key.as_dict(private=False)
    made = {name: told[name] for name in PUBLIC if name in told}
    return {**made, "use": "sig", "kid": key.kid or key.thumbprint()}


@dataclass(slots=True)
class _Fetched:
    keys: list[dict[str, Any]]
    at: datetime
    why: str | None = None


@dataclass(slots=True)
class Published:
    """Keys that clients publish, each set kept for ten minutes. ``source`` fetches."""

    source: KeySource
    _sets: dict[str, _Fetched] = field(default_factory=dict[str, _Fetched])
    _asking: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    async def keys_at(
        self, address: str, now: datetime, known: Callable[[Mapping[str, Any]], bool]
    ) -> list[dict[str, Any]]:
        """The keys at an address. Where none is ``known`` they are asked for anew, once a minute.

        Raises OutOfReach.
        """
        # Many who ask at once wait for one answer.
        async with self._asking.setdefault(address, asyncio.Lock()):
            kept = self._sets.get(address)
            good = kept is not None and now - kept.at < KEPT and any(map(known, kept.keys))
            if kept is None or (not good and now - kept.at >= ASKED_AGAIN):
                kept = self._sets[address] = await self._fetch(address, now)
        if kept.why is not None:
            raise OutOfReach(kept.why)
        return kept.keys

    async def _fetch(self, address: str, now: datetime) -> _Fetched:
        try:
            told = await self.source.get(address)
        except OutOfReach as trouble:
            return _Fetched([], now, trouble.why)
        try:
            listed: Any = json.loads(told)["keys"]
        except (ValueError, TypeError, KeyError, RecursionError):
            listed = None
        if not isinstance(listed, list):
            return _Fetched([], now, "not-a-key-set")
        found: list[dict[str, Any]] = []
        # A set may hold keys of other uses; those that do not fit are not ours to judge.
        for one in cast(list[Any], listed)[:MOST_KEYS]:
            try:
                found.append(_of_jwk(one))
            except NotKeys:
                continue
        return _Fetched(found, now)
