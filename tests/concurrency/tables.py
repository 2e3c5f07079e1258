"""I5 and I6: stock and tables against movements and the ledger's replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.concurrency.final import Final
from tests.concurrency.history import Operation

POURED_BACK = frozenset({"handout-returned", "handout-declined", "handout-reversed"})


def i5_stock(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I5: movements make the balance, never below zero; one movement per pouring."""
    found = [
        f"bottle {bottle}: balance {balance}, movements make {expected}"
        for bottle, balance, expected in final.rows(
            "SELECT b.bottle_id, b.balance_ug, coalesce((SELECT sum(m.delta_ug)"
            " FROM stock_movement m WHERE m.bottle_id = b.bottle_id), 0)::bigint FROM bottle b"
        )
        if balance != expected or balance < 0
    ]
    moved: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for reservation_id, kind, delta in final.rows(
        "SELECT reservation_id, kind, delta_ug FROM stock_movement WHERE reservation_id IS NOT NULL"
    ):
        moved[reservation_id][kind].append(delta)
    for reservation_id, doses, bottle, outcome, undone in final.new(
        "SELECT reservation_id, r.doses, r.bottle_id, x.outcome, v.reservation_id IS NOT NULL"
        " FROM reservation r LEFT JOIN resolution x USING (reservation_id)"
        " LEFT JOIN reversal v USING (reservation_id)"
    ):
        total = sum(dose[2] for dose in doses)
        expected_moves = {"poured": [-total]} if bottle is not None else {}
        if bottle is not None and outcome in ("returned", "refused"):
            expected_moves["poured_back"] = [total]
        if bottle is not None and undone:
            expected_moves["reversed"] = [total]
        if moved.pop(reservation_id, {}) != expected_moves:
            found.append(f"reservation {reservation_id}: movements are not {expected_moves}")
    found += [f"movements of an unknown reservation {one}" for one in moved]
    return found + _running_balances(final)


def _running_balances(final: Final) -> list[str]:
    """Each bottle in ledger order: a unit's chain is the order in which its bottles were used."""
    balances = dict(final.rows("SELECT bottle_id, opening_ug FROM bottle"))
    poured: dict[int, tuple[int, int]] = {}
    found = []
    for told in sorted(final.entries, key=lambda told: (told.chain_id, told.seq)):
        if told.kind == "handout-reserved" and told.facts["bottle"] is not None:
            bottle, total = told.facts["bottle"], sum(dose[2] for dose in told.facts["doses"])
            poured[told.facts["reservation"]] = (bottle, total)
            balances[bottle] -= total
            if balances[bottle] < 0:
                found.append(f"bottle {bottle} is below zero at {told.chain_id}/{told.seq}")
        elif told.kind in POURED_BACK and told.facts["reservation"] in poured:
            bottle, total = poured[told.facts["reservation"]]
            balances[bottle] += total
    return found


def i6_tables_are_the_ledger(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I6: every table of the hand-out equals a replay of the ledger's payloads."""
    found = list(final.replayed.troubles)
    for name, rows, expected in _records(final) + _taken(final):
        found += _differences(name, rows, expected)
    return found


Table = tuple[str, dict[Any, Any], Mapping[Any, Any]]


def _records(final: Final) -> list[Table]:
    """What is append-only: rows by key, and what the replay makes of them."""
    made, iso = final.replayed, _iso
    return [
        (
            "reservation",
            {
                row[0]: (row[1], row[2], iso(row[3]), row[4], row[5], (row[6], row[7]), row[8])
                for row in final.new(
                    "SELECT reservation_id, person_id, unit_id, day, doses, bottle_id,"
                    " prescription_id, prescription_version, reserved_at FROM reservation"
                )
            },
            made.reservation,
        ),
        (
            "resolution",
            dict(final.new("SELECT reservation_id, outcome FROM resolution")),
            made.resolution,
        ),
        (
            "reversal",
            {row[0]: True for row in final.new("SELECT reservation_id FROM reversal")},
            dict.fromkeys(made.reversal, True),
        ),
        (
            "handover",
            {
                (row[0], iso(row[1]), row[2]): row[3:]
                for row in final.new(
                    "SELECT reservation_id, for_day, part, person_id, how, amount_ug,"
                    " handed_over_at FROM handover"
                )
            },
            made.handover,
        ),
        (
            "administration",
            {
                (row[0], row[1]): (row[2], iso(row[3]), row[4], row[5])
                for row in final.new(
                    "SELECT reservation_id, part, person_id, day, amount_ug, swallowed_at"
                    " FROM administration"
                )
            },
            made.administration,
        ),
    ]


def _taken(final: Final) -> list[Table]:
    """What is taken now."""
    made, iso = final.replayed, _iso
    return [
        (
            "claim",
            {
                (row[1], iso(row[2]), row[3]): (row[0], *row[4:])
                for row in final.new(
                    "SELECT reservation_id, person_id, for_day, part, amount_ug, how, state"
                    " FROM claim"
                )
            },
            made.claim,
        ),
        (
            "person_day",
            {
                (person, iso(day)): used
                for person, day, used in final.rows(
                    "SELECT person_id, day, used_ug FROM person_day WHERE used_ug <> 0"
                )
            },
            {key: used for key, used in made.used_ug.items() if used},
        ),
        (
            "person_day at night",
            {
                (person, iso(day)): used
                for person, day, used in final.rows(
                    "SELECT person_id, day, night_ug FROM person_day WHERE night_ug <> 0"
                )
            },
            {key: used for key, used in made.night_ug.items() if used},
        ),
    ]


def _iso(day: date) -> str:
    return day.isoformat()


def _differences(name: str, rows: Mapping[Any, Any], expected: Mapping[Any, Any]) -> list[str]:
    return [
        f"{name} {key}: the table has {rows.get(key)}, the ledger says {expected.get(key)}"
        for key in {*rows, *expected}
        if rows.get(key) != expected.get(key)
    ]
