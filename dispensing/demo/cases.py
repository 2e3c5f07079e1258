"""People for every rule: what the last evening adds, so that each finding is seen next morning."""

from __future__ import annotations

from datetime import time

from dispensing.demo.catalogue import PREPARATIONS
from dispensing.demo.clinic import Clinic, local_moment
from dispensing.demo.state import Person


def last_evening(clinic: Clinic, people: list[Person]) -> None:
    """After the last hand-out of history: fresh bottles at every counter."""
    _make_ready(clinic, people)


def _make_ready(clinic: Clinic, people: list[Person]) -> None:
    from datetime import timedelta

    on = clinic.frame.until - timedelta(days=1)
    for place in clinic.places:
        codes = {
            one.prescription.product.code
            for one in people
            if one.prescription is not None and place.unit_id in (one.home, one.holder)
        }
        at = local_moment(on, max(place.closes, time(18, 0)))
        by = clinic.one_of(place.unit_id, "nurse")
        for counter, cupboard in enumerate(clinic.cupboards[place.unit_id]):
            usual = [p.product.code for p in PREPARATIONS if p.product.code in codes]
            if place.unit_id == 3:
                second = counter == place.counters - 1
                other = "met-sol-5" if second else "met-sol-1"
                usual = [code for code in usual if code != other]
            numbers = [clinic.number("stock_movement") for _ in usual]
            cupboard.make_ready(usual, by, at, numbers)
