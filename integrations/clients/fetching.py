"""Fetches key sets over https from the open internet, and from nowhere else.

The host's addresses are looked up first, each must be a public one, and the connection goes to one
of those looked up: a name that answers otherwise a moment later leads nowhere.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from integrations.clients.keys import MOST_BYTES
from integrations.clients.ports import OutOfReach, Resolver

TIMEOUT_S = 5.0
LONGEST_ADDRESS = 500


async def resolve(host: str, port: int) -> Sequence[str]:
    """The host's addresses by the machine's own resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def acceptable(address: str) -> bool:
    """Whether an address may be registered: https, a host name, no user, no fragment."""
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        return False
    try:
        at = urlsplit(address)
        port = at.port
    except ValueError:
        return False
    if at.scheme != "https" or not at.hostname or at.username or at.password or at.fragment:
        return False
    return "." in at.hostname and port in (None, 443, 8443) and not _is_address(at.hostname)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # 127.1 or 0x7f000001 is an address to some resolvers.
        return host.replace(".", "").isdigit() or host.startswith("0x")
    return True


def _is_public(address: str) -> bool:
    try:
        at = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(at, "ipv4_mapped", None)
    return (mapped or at).is_global and not (mapped or at).is_multicast


@dataclass(frozen=True, slots=True)
class Https:
    """A ``KeySource``. ``client`` follows no redirects and reads no proxy from its environment."""

    client: httpx2.AsyncClient
    lookup: Resolver = resolve

    async def get(self, address: str) -> bytes:
        """The body, 64 KB and five seconds at most. Raises OutOfReach."""
        if not acceptable(address):
            raise OutOfReach("address")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._get(address)
        except TimeoutError:
            raise OutOfReach("too-slow") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError):
            raise OutOfReach("out-of-reach") from None

    async def _get(self, address: str) -> bytes:
        asked = httpx2.URL(address)
        found = await self.lookup(asked.host, asked.port or 443)
        if not found:
            raise OutOfReach("out-of-reach")
        if not all(_is_public(one) for one in found):
            raise OutOfReach("private-network")
        read = bytearray()
        async with self.client.stream(
            "GET",
            asked.copy_with(host=found[0]),
            headers={"Host": asked.netloc.decode("ascii"), "Accept": "application/json"},
            # The certificate is still the name's own.
            extensions={"sni_hostname": asked.host},
        ) as answer:
            if answer.status_code != 200:
                raise OutOfReach("status")
            async for part in answer.aiter_bytes():
                read += part
                if len(read) > MOST_BYTES:
                    raise OutOfReach("too-large")
        return bytes(read)


def https() -> Https:
    """One for production; its client is closed by whoever asked."""
    return Https(httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False))
