"""Where messages may go, when they are tried again, and of which entries they tell."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook

import dispensing
from audit.history.payloads import PERSON_KINDS
from dispensing.outbox.endpoint_secret import secret_of
from integrations.webhooks.events import EVENTS, QUIET, Event
from integrations.webhooks.schedule import PAUSES, next_pause
from integrations.webhooks.signing import signed_headers
from integrations.webhooks.targets import TargetRefused, chosen, target_of

SOURCES = Path(dispensing.__file__).parent


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.9", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fec0::1", "192.88.99.1"),
    ],
)
def test_no_private_network_is_reached(address: str) -> None:
    """H24: also not as one of several addresses, mapped, translated or tunnelled."""
    for found in ([address], ["93.184.215.14", address], [address, "93.184.215.14"]):
        with pytest.raises(TargetRefused):
            chosen(found)


def test_a_public_address_is_taken_and_none_is_refused() -> None:
    assert chosen(["93.184.215.14"]) == "93.184.215.14"
    assert chosen(["2606:2800:21f:cb07:6820:80da:af6b:8b2c"]).startswith("2606:")
    with pytest.raises(TargetRefused):
        chosen([])
    assert chosen(["127.0.0.1"], loopback=True) == "127.0.0.1"
    with pytest.raises(TargetRefused):
        chosen(["10.0.0.1"], loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        *("http://apotek.example/", "ftp://apotek.example/", "https://", "https:///x", "apotek"),
        *("https://user:secret@apotek.example/", "https://apotek.example/#x", "https://a b/"),
        *("https://apotek.example:99999/", "https://æ.example/", f"https://a.example/{'x' * 500}"),
        *("https://[::1", "javascript:alert(1)", "https://apotek..example/", "https://.example/"),
        f"https://{'a' * 64}.example/",
    ],
)
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused):
        target_of(url)


def test_a_message_is_tried_for_three_days_and_no_longer() -> None:
    tries = [next_pause(number, 0.0) for number in range(1, len(PAUSES) + 2)]
    assert tries[-1] is None
    whole = sum((one for one in tries if one is not None), timedelta())
    assert timedelta(days=2, hours=22) <= whole <= timedelta(days=3, hours=2)
    assert next_pause(1, 1.0) == PAUSES[0] * 1.1


def test_the_library_verifies_what_is_signed_in_any_zone_and_with_either_secret() -> None:
    at = datetime.now(UTC)
    salt, other = UUID(int=7), UUID(int=8)
    old, new = secret_of(b"k" * 32, salt, 1), secret_of(b"k" * 32, salt, 2)
    assert len({old, new, secret_of(b"l" * 32, salt, 1), secret_of(b"k" * 32, other, 1)}) == 4
    body = Event("msg_1", "dose.given", at, 4711, 1, (3, 99)).body()
    for moment in (at, at.astimezone(timezone(timedelta(hours=2)))):
        headers = dict(signed_headers("msg_1", moment, body, (new, old)))
        for secret in (old, new):
            told = Webhook(secret).verify(body, headers)
            assert told["data"] == {"entry": "3-99", "person_id": 4711, "unit_id": 1}


def kinds_of_people() -> set[str]:
    """Every kind of entry that an area builds for a person."""
    found: set[str] = set(PERSON_KINDS)
    for path in SOURCES.rglob("*.py"):
        found |= set(re.findall(r'entry_of\(\s*\w+,\s*"([a-z-]+)"', path.read_text()))
    return found


def test_every_kind_of_entry_is_told_or_left_out_for_a_reason() -> None:
    """A kind that somebody adds must be decided about; nothing is told of by accident."""
    assert kinds_of_people() - EVENTS.keys() - QUIET.keys() == set()
    assert EVENTS.keys() & QUIET.keys() == set()
    text = "\n".join(path.read_text() for path in SOURCES.rglob("*.py"))
    unknown = {kind for kind in EVENTS.keys() | QUIET.keys() if f'"{kind}"' not in text}
    assert {one for one in unknown if not one.startswith(("supply-order-", "handout-"))} == set()
