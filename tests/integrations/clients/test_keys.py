"""Public keys: what may be registered, and what is fetched from where a client publishes them."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from integrations.clients.fetching import Https, acceptable
from integrations.clients.keys import ASKED_AGAIN, KEPT, NotKeys, Published, fits, read_keys
from integrations.clients.ports import OutOfReach

GOOD = ECKey.generate_key("P-384", {"kid": "good"})
RSA = RSAKey.generate_key(2048)
ADDRESS = "https://apotek.example/keys"
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)


def jwk(key: Any, **more: Any) -> str:
    return json.dumps(key.as_dict(private=False) | more)


def test_a_jwk_a_set_and_pem_are_read_and_keep_their_ids() -> None:
    both = json.dumps({"keys": [json.loads(jwk(GOOD)), json.loads(jwk(RSA))]})
    assert [one["kid"] for one in read_keys(both)] == ["good", RSA.thumbprint()]
    pem = GOOD.as_pem(private=False).decode() + RSA.as_pem(private=False).decode()
    assert [one["kty"] for one in read_keys(pem)] == ["EC", "RSA"]
    assert set(read_keys(jwk(GOOD, x5c=["secret"], note="hi"))[0]) == {
        "kty",
        "crv",
        "x",
        "y",
        "use",
        "kid",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not-keys"),
        ("hello", "not-keys"),
        ("[]", "not-keys"),
        ("[" * 20_000, "not-keys"),
        ('{"keys": []}', "not-keys"),
        ('{"keys": [7]}', "not-keys"),
        ('{"kty": "EC"}', "not-keys"),
        ('{"kty": "EC", "crv": [], "x": 1, "y": {}}', "not-keys"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "not-keys"),
        (json.dumps(GOOD.as_dict(private=True)), "private-key"),
        (GOOD.as_pem(private=True).decode(), "private-key"),
        (json.dumps(OctKey.generate_key(256).as_dict()), "private-key"),
        (jwk(ECKey.generate_key("P-256")), "wrong-kind"),
        (ECKey.generate_key("P-521").as_pem(private=False).decode(), "wrong-kind"),
        (json.dumps({"keys": [json.loads(jwk(GOOD))] * 2}), "same-kid"),
    ],
    # Keys are drawn anew by each process: the cases are told by their place.
    ids=[str(number) for number in range(15)],
)
def test_what_is_no_public_key_of_ours(text: str, why: str) -> None:
    """A private key is refused, so that nobody's secret is kept here."""
    with pytest.raises(NotKeys) as no:
        read_keys(text)
    assert no.value.why == why


def test_a_short_rsa_key_is_refused() -> None:
    with pytest.warns(Warning):
        weak = jwk(RSAKey.generate_key(1024))
    with pytest.warns(Warning), pytest.raises(NotKeys, match="weak-key"):
        read_keys(weak)


@pytest.mark.parametrize(
    ("changes", "algorithm", "does"),
    [
        ({}, "ES384", True),
        ({}, "RS384", False),
        ({"alg": "ES256"}, "ES384", False),
        ({"use": "enc"}, "ES384", False),
        ({"key_ops": ["sign"]}, "ES384", False),
        ({"key_ops": ["verify"]}, "ES384", True),
        ({"key_ops": "verify"}, "ES384", False),
    ],
)
def test_a_key_fits_what_it_says_of_itself(
    changes: dict[str, Any], algorithm: str, does: bool
) -> None:
    assert fits(json.loads(jwk(GOOD, **changes)), algorithm) is does


@pytest.mark.parametrize(
    "address",
    [
        "http://apotek.example/keys",
        "ftp://apotek.example/keys",
        "https://user:word@apotek.example/keys",
        "https://127.0.0.1/keys",
        "https://[::1]/keys",
        "https://2130706433/keys",
        "https://0x7f.1/keys",
        "https://127.1/keys",
        "https://localhost/keys",
        "https://apotek.example:22/keys",
        "https://apotek.example/keys#a",
        "https:///keys",
        "https://apotek.example/" + "x" * 600,
        "https://apotek.example:99999999/",
        "https://apotek.example/\x00",
    ],
)
def test_addresses_that_are_never_asked(address: str) -> None:
    assert not acceptable(address)


def test_an_ordinary_address_is() -> None:
    assert acceptable(ADDRESS) and acceptable("https://apotek.example:8443/.well-known/jwks.json")


def fetcher(answer: Any, *addresses: str) -> tuple[Https, list[httpx2.Request]]:
    """Fetches from a host that has these addresses and gives this answer."""
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return answer(request) if callable(answer) else answer

    async def lookup(host: str, port: int) -> Sequence[str]:
        return addresses

    return Https(httpx2.AsyncClient(transport=httpx2.MockTransport(handle)), lookup), asked


def test_the_connection_goes_to_an_address_that_was_looked_at() -> None:
    """A name that answers otherwise a moment later (DNS rebinding) leads nowhere."""
    fetch, asked = fetcher(httpx2.Response(200, content=b"{}"), "93.184.216.34")
    assert asyncio.run(fetch.get(ADDRESS)) == b"{}"
    assert asked[0].url.host == "93.184.216.34"
    assert asked[0].headers["host"] == "apotek.example"
    assert asked[0].extensions["sni_hostname"] == "apotek.example"


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("10.1.2.3",),
        ("192.168.0.1",),
        ("169.254.169.254",),
        ("100.64.0.1",),
        ("0.0.0.0",),
        ("::1",),
        ("fe80::1%eth0",),
        ("fd00::1",),
        ("::ffff:127.0.0.1",),
        ("224.0.0.1",),
        ("93.184.216.34", "10.0.0.1"),
    ],
)
def test_a_private_network_is_never_asked(addresses: tuple[str, ...]) -> None:
    fetch, asked = fetcher(httpx2.Response(200, content=b"{}"), *addresses)
    with pytest.raises(OutOfReach, match="private-network"):
        asyncio.run(fetch.get(ADDRESS))
    assert asked == []


def unreachable(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("no")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx2.Response(302, headers={"location": "http://127.0.0.1/"}), "status"),
        (httpx2.Response(404), "status"),
        (httpx2.Response(200, content=b"x" * 100_000), "too-large"),
        (unreachable, "out-of-reach"),
    ],
)
def test_an_answer_that_is_not_read(answer: Any, why: str) -> None:
    fetch, _ = fetcher(answer, "93.184.216.34")
    with pytest.raises(OutOfReach) as no:
        asyncio.run(fetch.get(ADDRESS))
    assert no.value.why == why


class Source:
    """Publishes what it is told to, and counts who asks."""

    def __init__(self, *keys: Any) -> None:
        self.asked = 0
        listed = [json.loads(jwk(one)) for one in keys]
        self.body: bytes | None = json.dumps({"keys": listed}).encode()

    async def get(self, address: str) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.body is None:
            raise OutOfReach("out-of-reach")
        return self.body


def known(kid: str) -> Any:
    return lambda key: key["kid"] == kid


def test_keys_are_kept_and_asked_for_again_when_one_is_unknown() -> None:
    """A client that changes its key is known within a minute; nobody makes us ask more often."""
    source = Source(GOOD)
    published = Published(source)

    async def story() -> None:
        for _ in range(3):
            assert await published.keys_at(ADDRESS, AT, known("good"))
        assert source.asked == 1
        await published.keys_at(ADDRESS, AT + ASKED_AGAIN / 2, known("new"))
        assert source.asked == 1
        await published.keys_at(ADDRESS, AT + ASKED_AGAIN, known("new"))
        assert source.asked == 2
        await published.keys_at(ADDRESS, AT + ASKED_AGAIN + KEPT, known("good"))
        assert source.asked == 3

    asyncio.run(story())


def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    source = Source(GOOD)
    published = Published(source)

    async def story() -> None:
        await asyncio.gather(*(published.keys_at(ADDRESS, AT, known("good")) for _ in range(9)))

    asyncio.run(story())
    assert source.asked == 1


@pytest.mark.parametrize("body", [None, b"", b"[]", b'{"keys": 7}', b"\xff", b"[" * 20_000])
def test_what_is_no_key_set_is_out_of_reach_for_a_minute(body: bytes | None) -> None:
    source = Source()
    source.body = body
    published = Published(source)

    async def story() -> None:
        for later in (timedelta(0), ASKED_AGAIN / 2):
            with pytest.raises(OutOfReach):
                await published.keys_at(ADDRESS, AT + later, known("good"))

    asyncio.run(story())
    assert source.asked == 1


def test_keys_of_other_uses_in_a_set_are_passed_over() -> None:
    source = Source(ECKey.generate_key("P-256"), GOOD)
    found = asyncio.run(Published(source).keys_at(ADDRESS, AT, known("good")))
    assert [one["kid"] for one in found] == ["good"]
