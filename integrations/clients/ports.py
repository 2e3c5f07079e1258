"""What the protocol of machine clients needs of its surroundings."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

#: A public key as a JSON Web Key (RFC 7517).
Jwk = Mapping[str, Any]


class KeySource(Protocol):
    """Fetches the document at an https address, or raises ``OutOfReach``."""

    async def get(self, address: str) -> bytes: ...


class Resolver(Protocol):
    """The addresses of a host name, as text; empty where there are none."""

    async def __call__(self, host: str, port: int) -> Sequence[str]: ...


class OutOfReach(Exception):
    """Nothing usable came from an address. ``why`` is a word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
