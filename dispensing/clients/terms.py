"""What is decided about a client, read strictly: keys, scopes, people, certificate."""

import binascii
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispensing.clients.store import Kind, People, Role
from dispensing.errors import Unprocessable, has_cpr
from dispensing.people.scopes import OFFERED, Scope, parse
from integrations.clients.fetching import acceptable
from integrations.clients.keys import NotKeys, read_keys

CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{2,63}")
CARD = re.compile(r"[A-Z0-9-]{3,20}")
LEAST_LETTERS, LONGEST_NAME = 3, 100
MOST_PEOPLE = 500
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
ROLES: dict[Kind, tuple[Role, ...]] = {"pharmacy": ("pharmacist",), "system": ("nurse", "auditor")}


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a client. ``cards`` are the card codes of a named list.

    ``keys`` is what was uploaded (a JWK, a set, PEM) or an https address where keys are published.
    """

    keys: str
    scopes: tuple[str, ...]
    people: People = "unit"
    cards: tuple[str, ...] = ()
    thumbprint: str | None = None


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client to be registered, acting at the unit of that number."""

    client_id: str
    name: str
    kind: Kind
    role: Role
    acts_at: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Checked:
    """Terms that can be kept: public keys or an address, scopes in one writing."""

    jwks: list[dict[str, Any]] | None
    jwks_url: str | None
    scopes: list[str]
    people: People
    cards: list[str]
    thumbprint: str | None


def checked_new(new: NewClient) -> None:
    """Raises Unprocessable for a name, id, kind or role that is none."""
    if CLIENT_ID.fullmatch(new.client_id) is None:
        raise Unprocessable("small letters, digits and hyphens", field="client_id")
    name = new.name.strip()
    if not LEAST_LETTERS <= len(name) <= LONGEST_NAME or not name.isprintable() or has_cpr(name):
        raise Unprocessable("a name of three letters or more", field="name")
    if new.kind not in ROLES:
        raise Unprocessable("a pharmacy or a system", field="kind")
    if new.role not in ROLES[new.kind]:
        raise Unprocessable("no role of that kind of client", field="role")


def checked(terms: Terms) -> Checked:
    """Raises Unprocessable, with the field (and for keys ``why``)."""
    jwks, address = _keys(terms.keys.strip())
    if terms.people not in ("unit", "named"):
        raise Unprocessable("the unit's people or a list", field="people")
    cards = list(dict.fromkeys(one.strip().upper() for one in terms.cards if one.strip()))
    if terms.people == "unit":
        cards = []
    elif not 0 < len(cards) <= MOST_PEOPLE or any(CARD.fullmatch(one) is None for one in cards):
        raise Unprocessable("card codes, one at least", field="cards")
    thumbprint = normal_thumbprint(terms.thumbprint or "")
    if terms.thumbprint and thumbprint is None:
        raise Unprocessable("SHA-256 in hex or base64url", field="thumbprint")
    return Checked(jwks, address, _scopes(terms.scopes), terms.people, cards, thumbprint)


def _keys(text: str) -> tuple[list[dict[str, Any]] | None, str | None]:
    if text.startswith(("https:", "http:")):
        if not acceptable(text):
            raise Unprocessable("an https address on the internet", field="keys", why="address")
        return None, text
    try:
        return read_keys(text), None
    except NotKeys as no:
        raise Unprocessable("no public keys", field="keys", why=no.why) from None


def _scopes(asked: Sequence[str]) -> list[str]:
    found: dict[str, set[str]] = {}
    for text in asked:
        scope = parse(text)
        if scope is None or not scope.letters <= set(OFFERED.get(scope.resource, "")):
            raise Unprocessable("a scope that is not offered", field="scopes")
        found.setdefault(scope.resource, set()).update(scope.letters)
    if not found:
        raise Unprocessable("one scope at least", field="scopes")
    return [str(Scope(name, frozenset(letters))) for name, letters in sorted(found.items())]


def normal_thumbprint(text: str) -> str | None:
    """A SHA-256 thumbprint as x5t#S256 writes it, also from hex; None for what is none."""
    text = text.strip()
    plain = text.replace(":", "")
    if len(plain) == 64:
        try:
            return urlsafe_b64encode(binascii.unhexlify(plain)).rstrip(b"=").decode()
        except ValueError:
            return None
    text = text.rstrip("=").replace("+", "-").replace("/", "_")
    return text if THUMBPRINT.fullmatch(text) else None


def row(
    client_id: str,
    version: int,
    terms: Checked,
    who: Mapping[str, object],
    disabled_why: str | None = None,
) -> dict[str, Any]:
    """Parameters of ``INSERT_TERMS``; ``who`` has unit, signer and moment."""
    return {
        **who,
        "client_id": client_id,
        "version": version,
        "jwks_url": terms.jwks_url,
        "scopes": terms.scopes,
        "people": terms.people,
        "thumbprint": terms.thumbprint,
        "disabled_why": disabled_why,
    }
