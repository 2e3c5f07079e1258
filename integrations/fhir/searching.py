"""Search parameters, pages and their cursors."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.fhir.exact import Refused
from integrations.fhir.ports import Json

MOST, USUAL = 200, 50
#: Understood everywhere, or harmless.
ALWAYS = frozenset({"_count", "_format", "_cursor", "_lastUpdated", "_id", "_pretty", "_sort"})
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
MOMENT = re.compile(r"([a-z]{2})?(\d{4}-\d{2}-\d{2})(T[0-9:.]{5,15}(?:Z|[+-]\d{2}:\d{2}))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was asked; each parameter once."""

    kind: str
    values: Mapping[str, str]
    lenient: bool

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    @property
    def count(self) -> int:
        """How many on a page. Raises Refused."""
        text = self.values.get("_count", str(USUAL))
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise Refused(400, "value", "_count is a whole number", "_count")
        return min(int(text), MOST)


def asked(kind: str, pairs: Sequence[tuple[str, str]], known: frozenset[str], prefer: str) -> Asked:
    """The parameters of a search. An unknown one is refused unless ``handling=lenient``."""
    lenient, values = "handling=lenient" in prefer, dict[str, str]()
    for name, value in pairs:
        if name not in known | ALWAYS:
            if lenient:
                continue
            raise Refused(400, "not-supported", "this parameter is not known here", name[:40])
        if name in values:
            raise Refused(400, "not-supported", "each parameter once", name)
        if len(value) > 400:
            raise Refused(400, "value", "a value is too long", name)
        values[name] = value
    return Asked(kind, values, lenient)


def patient_of(search: Asked) -> int:
    """Whose resources are asked for. Raises Refused: nobody's list is read without a person."""
    text = (search.get("patient") or search.get("subject") or "").removeprefix("Patient/")
    if not text:
        raise Refused(400, "required", "name the patient", "patient")
    if not text.isascii() or not text.isdigit() or len(text) > 15 or int(text) == 0:
        raise Refused(404, "not-found", "no such patient here", "patient")
    return int(text)


def within(at: datetime, search: Asked, name: str) -> bool:
    """Whether a moment lies where the parameter says. Raises Refused for what is no moment."""
    text = search.get(name)
    if text is None:
        return True
    match = MOMENT.fullmatch(text)
    prefix = (match[1] or "eq") if match else ""
    if match is None or prefix not in PREFIXES:
        raise Refused(400, "value", "a day or moment, with a prefix like ge", name)
    try:
        if match[3] is None:
            first = datetime.combine(date.fromisoformat(match[2]), time(), UTC)
            last = first + timedelta(days=1)
        else:
            first = datetime.fromisoformat(match[2] + match[3])
            last = first + timedelta(microseconds=1_000)
    except (ValueError, OverflowError):
        raise Refused(400, "value", "no such moment", name) from None
    return {
        "eq": first <= at < last,
        "ne": not first <= at < last,
        "gt": at >= last,
        "sa": at >= last,
        "ge": at >= first,
        "lt": at < first,
        "eb": at < first,
        "le": at < last,
    }[prefix]


def status_is(value: str, search: Asked) -> bool:
    """Whether a status is one of those asked for, or none is asked for."""
    text = search.get("status")
    return text is None or value in text.split(",")


def bundle(search: Asked, base: str, found: Sequence[Json]) -> Json:
    """One page of what was found, in order; the next one behind an opaque cursor."""
    after = _after(search.get("_cursor"))
    wanted = search.get("_id")
    rows = [one for one in found if wanted is None or one["id"] in wanted.split(",")]
    rows = [one for one in rows if _updated(one, search)]
    page = rows[after : after + search.count]
    kept = {name: value for name, value in search.values.items() if name != "_cursor"}
    links = [{"relation": "self", "url": _url(base, search.kind, dict(search.values))}]
    if after + len(page) < len(rows) and page:
        more = kept | {"_cursor": _cursor(after + len(page))}
        links.append({"relation": "next", "url": _url(base, search.kind, more)})
    answer: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(rows),
        "link": links,
    }
    if page:
        answer["entry"] = [
            {
                "fullUrl": f"{base}/{one['resourceType']}/{one['id']}",
                "resource": one,
                "search": {"mode": "match"},
            }
            for one in page
        ]
    return answer


def _updated(one: Json, search: Asked) -> bool:
    text = one.get("meta", {}).get("lastUpdated")
    return text is None or within(datetime.fromisoformat(text), search, "_lastUpdated")


def _url(base: str, kind: str, values: Mapping[str, str]) -> str:
    query = urlencode(values)
    return f"{base}/{kind}?{query}" if query else f"{base}/{kind}"


def _cursor(after: int) -> str:
    return base64.urlsafe_b64encode(f"after {after}".encode()).decode().rstrip("=")


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        word, _, number = text.partition(" ")
        if word == "after" and number.isascii() and number.isdigit() and len(number) < 9:
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise Refused(400, "value", "no such page", "_cursor")


def chosen(found: Sequence[Any], keep: Callable[[Any], bool]) -> list[Any]:
    """Those that are asked for."""
    return [one for one in found if keep(one)]
