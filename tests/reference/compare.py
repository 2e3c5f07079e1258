"""A stretch of random people asked both ways, and what they sat on counted."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from dosing_rules import check_dispensing, load_book
from tests.reference import RULES, facts, findings
from tests.reference.bases import CLOCK_CHANGES
from tests.reference.boundaries import hits
from tests.reference.days import month_lengths
from tests.reference.people import person
from tests.reference.varying import values_seen

Plain = dict[str, Any]
BOOK = load_book("dk-crk-2026")


def core_findings(request: Plain, patient: Plain) -> set[tuple[str, str]]:
    """What the core says of the same facts, for the rules the reference knows."""
    asked, who = facts.request(request), facts.patient(patient)
    said = check_dispensing(asked, who, BOOK).findings
    return {(one.rule_id, one.severity.word) for one in said if one.rule_id in RULES}


def circumstances(q: Plain, p: Plain) -> Iterator[str]:
    """What kind of day, order and history this is, and what is not recorded."""
    today, order = q["on"], p["prescription"]
    if today in CLOCK_CHANGES:
        yield "day: clock change"
    if today.endswith("-02-29"):
        yield "day: leap day"
    if int(today[8:]) == month_lengths(int(today[:4]))[int(today[5:7]) - 1]:
        yield "day: month's end"
    if p["unit"] and today in p["unit"]["closed_on"]:
        yield "day: closed"
    if p["unit"] and any(day > today for day in p["unit"]["closed_on"]):
        yield "day: closed days ahead"
    if order:
        yield f"order: {order['product']['substance']} {order['product']['form']}"
        if len(order["parts_ug"]) > 1:
            yield "order: split"
        if order["weekday_ug"] is not None:
            yield "order: days differ"
    at_home = {dose["for_on"] for dose in q["doses"] if dose["how"] == "take_home"}
    if at_home:
        yield f"home: {min(len(at_home), 15)} days"
    for claim in p["claims"] or []:
        yield f"claim: {claim['how']} {claim['state']}"
        if claim["unit_id"] != q["unit_id"]:
            yield "claim: elsewhere"
    yield from _unknown("request", q)
    yield from _unknown("observed", q["observed"])
    yield from _unknown("patient", p)
    for name in ("prescription", "arrangement"):
        if p[name]:
            yield from _unknown(name, p[name])


def _unknown(place: str, known: Plain) -> Iterator[str]:
    for name, value in known.items():
        if value is None:
            yield f"unknown: {place}.{name}"


def stretch(first: int, last: int) -> tuple[Counter[str], list[str]]:
    """Counts over people ``first`` to ``last`` (not included), and every disagreement."""
    counted: Counter[str] = Counter()
    different: list[str] = []
    for number in range(first, last):
        request, patient = person(number)
        expected = findings(request, patient)
        core = core_findings(request, patient)
        if core != expected:
            different.append(
                f"person {number}: only the core says {sorted(core - expected)}, "
                f"only the reference {sorted(expected - core)}"
            )
        counted.update(f"said: {rule_id} {severity}" for rule_id, severity in expected)
        counted.update(f"boundary: {hit}" for hit in set(hits(request, patient)))
        counted.update(set(circumstances(request, patient)))
        if number % 10 == 0:
            counted.update(values_seen({"request": request, "patient": patient}))
    return counted, different
