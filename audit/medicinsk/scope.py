"""Whose figures are counted: one institution or all, in one period; and how counting looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Protocol

from audit.medicinsk.model import Indicator, Period
from audit.medicinsk.parts import Part
from audit.medicinsk.places import Place, Places


@dataclass(frozen=True, slots=True)
class Scope:
    """``unit_id`` None: all institutions together."""

    unit_id: int | None
    period: Period
    places: Places

    @property
    def cut_on(self) -> date:
        """The audit date."""
        return self.period.last

    @property
    def units(self) -> list[Place]:
        """The units of the scope, in the order of their numbers."""
        if self.unit_id is not None:
            return [self.places.place(self.unit_id)]
        return [self.places.by_id[unit_id] for unit_id in sorted(self.places.by_id)]


class Counting(Protocol):
    """One indicator while it counts: people one after the other, then the finished figures."""

    id: ClassVar[str]

    def __init__(self, scope: Scope) -> None: ...

    def add(self, part: Part) -> None:
        """One more person, as the scope has them."""
        ...

    def done(self) -> Indicator:
        """The figures. Asked once."""
        ...
