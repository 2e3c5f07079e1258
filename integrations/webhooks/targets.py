"""Where a message may go: a public address over TLS, and never into a private network.

A name is looked up once and the connection goes to the address that was judged: a name that
answers otherwise a moment later leads nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

LONGEST_URL, LONGEST_LABEL = 500, 63
# Site-local of old, and relays of 6to4: nobody of the public internet is there.
OLD_NETWORKS = (ip_network("fec0::/10"), ip_network("192.88.99.0/24"))
HERE = ("localhost", "127.0.0.1", "::1")


class TargetRefused(ValueError):
    """The address is none that messages may go to; the text says why, and names no secret."""


@dataclass(frozen=True, slots=True)
class Target:
    """A judged URL: its parts, to be connected to at an address that ``chosen`` allows."""

    url: str
    host: str
    port: int
    secure: bool


def target_of(url: str, *, loopback: bool = False) -> Target:
    """The target of a URL. ``loopback``: also plain http to this machine, for trials.

    Raises TargetRefused.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TargetRefused("no address") from None
    if len(url) > LONGEST_URL or not url.isascii() or any(sign <= " " for sign in url):
        raise TargetRefused("an address is short and has no spaces")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise TargetRefused("an address holds no name, password or fragment")
    if not parts.hostname:
        raise TargetRefused("an address names a host")
    if not all(0 < len(label) <= LONGEST_LABEL for label in parts.hostname.rstrip(".").split(".")):
        raise TargetRefused("an address names a host")
    secure = parts.scheme == "https"
    if not secure and not (loopback and parts.scheme == "http" and parts.hostname in HERE):
        raise TargetRefused("an address begins with https://")
    return Target(url, parts.hostname, port or (443 if secure else 80), secure)


def chosen(addresses: Iterable[str], *, loopback: bool = False) -> str:
    """The address to connect to: the first, if every one is public. Raises TargetRefused.

    One private address among public ones refuses all: whoever answers so means no good.
    """
    found = [ip_address(one.partition("%")[0]) for one in addresses]
    if not found:
        raise TargetRefused("the host has no address")
    for one in found:
        if not (_is_public(one) or (loopback and one.is_loopback)):
            raise TargetRefused("the host lies in a private network")
    return str(found[0])


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None or address in NAT64:
            return False
    if any(address in network for network in OLD_NETWORKS if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Nat64:
    """``64:ff9b::/96`` leads to any IPv4 address, also a private one."""

    def __contains__(self, address: IPv6Address) -> bool:
        return address.packed.startswith(b"\x00\x64\xff\x9b" + bytes(8))


NAT64 = _Nat64()
