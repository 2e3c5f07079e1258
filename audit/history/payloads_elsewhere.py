"""The entries that say where a person's days lie: away, as a guest, at a pharmacy.

As ``payloads``, which names them with all others.
"""

from datetime import date, timedelta

from msgspec import Struct


class Told(Struct, tag_field="kind", gc=False):
    """What every entry has; ``seq`` is its place in the chain of the unit that wrote it."""

    seq: int


class PersonAway(Told, tag="person-away"):
    """A place outside the service holds the right from now on."""


class _Back(Struct, gc=False):
    unknown_through: date | None


class PersonBack(Told, tag="person-back"):
    facts: _Back


class _Guest(Struct, gc=False):
    days: tuple[date, ...]
    holder: int
    unit: int


class GuestRightDecided(Told, tag="guest-right-decided"):
    facts: _Guest


class GuestRightWithdrawn(Told, tag="guest-right-withdrawn"):
    facts: _Guest


class _Supply(Struct, gc=False):
    #: Runs of days, first and last of each.
    begins: tuple[tuple[date, date], ...]
    ends: tuple[tuple[date, date], ...]
    pharmacy: int
    holder: int | None = None


class SupplyOrderIssued(Told, tag="supply-order-issued"):
    facts: _Supply


class SupplyOrderChanged(Told, tag="supply-order-changed"):
    facts: _Supply


class SupplyOrderEnded(Told, tag="supply-order-ended"):
    facts: _Supply


def days_of(runs: tuple[tuple[date, date], ...]) -> list[date]:
    """Every day of runs told by their first and last."""
    return [
        first + timedelta(days=number)
        for first, last in runs
        for number in range((last - first).days + 1)
    ]
