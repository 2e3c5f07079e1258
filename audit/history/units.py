"""The places of a ledger, told once: they are few, and every decision asks for one."""

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec import Struct

from dosing_rules import Unit
from dosing_rules.unit_history import UnitHistory


class _UnitFacts(Struct):
    licences: tuple[tuple[str, date, date | None], ...] | None = None
    closed: dict[date, str] | None = None
    opened: tuple[date, ...] = ()


class UnitEntry(Struct):
    """A decision about a place: its licences or its calendar."""

    kind: str
    unit_id: int
    facts: _UnitFacts


UNIT_KINDS = ("unit-opened", "licences-set", "calendar-set")
UNIT_ENTRY = msgspec.json.Decoder(UnitEntry)


class Units:
    """Every place by its number."""

    def __init__(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """``rows`` are (place in its chain, payload) of entries about units, in order."""
        self._units: dict[int, UnitHistory] = {}
        for seq, payload in rows:
            entry = UNIT_ENTRY.decode(payload)
            unit = self._units.get(entry.unit_id)
            if unit is None:
                unit = self._units[entry.unit_id] = UnitHistory(entry.unit_id)
            if entry.facts.licences is not None:
                unit.licensed(seq, entry.facts.licences)
            if entry.facts.closed is not None:
                unit.calendar(seq, entry.facts.closed, entry.facts.opened)

    def facts(self, unit_id: int, seq: int, on: date) -> Unit:
        """A place as a check sees it on a day, as told before ``seq`` of its chain."""
        unit = self._units.get(unit_id)
        if unit is None:
            unit = self._units[unit_id] = UnitHistory(unit_id)
        return unit.facts(seq, on)
