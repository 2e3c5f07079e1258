"""The judge of the fire: client histories and the final database against the invariants I1 to I9.

It knows the tables and the ledger's payloads and nothing of the service's code: where the two agree
on a wrong thing, it must still see it. Each invariant is a function that returns what does not fit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from audit.ledger.verify import verify_connection
from tests.concurrency.final import Final, Stored, read_final
from tests.concurrency.history import Operation
from tests.concurrency.linear import ENDINGS, TAKEN, Step, linearizable
from tests.concurrency.tables import i5_stock, i6_tables_are_the_ledger

KIND_OF_STATE = {
    "reserved": "handout-reserved",
    "refused_by_rules": "handout-refused-by-rules",
    "given": "handout-given",
    "returned": "handout-returned",
    "spilled": "handout-spilled",
    "refused": "handout-declined",
    "uncertain": "handout-uncertain",
    "reversed": "handout-reversed",
}
#: A unit that neither enrols the person nor holds the right is told nothing at all.
STATIC_REFUSALS = frozenset({"right-elsewhere", "not-found"})


@dataclass(slots=True)
class Report:
    """What the checker looked at and what did not fit, by invariant."""

    problems: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not any(self.problems.values())

    @property
    def broken(self) -> set[str]:
        return {name for name, found in self.problems.items() if found}

    def __str__(self) -> str:
        lines = [f"{count:>9,}  {what}" for what, count in self.counts.items()]
        for name, found in self.problems.items():
            lines.append(f"{name:>9}  {'holds' if not found else f'BROKEN {len(found)} times'}")
            lines += [f"           {one}" for one in found[:5]]
        return "\n".join(lines)


def i1_no_double(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I1: no two live hand-outs for a dose and never above the day's limit, in ledger order."""
    found = list(final.replayed.doubles)
    found += [
        f"person {person} has {count} live handovers for {day} part {part}"
        for person, day, part, count in final.rows(
            "SELECT person_id, for_day, part, count(*) FROM handover"
            " WHERE reservation_id NOT IN (SELECT reservation_id FROM reversal)"
            " GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
    ]
    return found


def i2_acknowledged_exists(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I2: every acknowledged act stands in the ledger where, and as, its receipt says."""
    found = []
    kinds = {(told.chain_id, told.seq): told for told in final.entries}
    reservations = {row[0] for row in final.rows("SELECT reservation_id FROM reservation")}
    for operation in history.values():
        for status, answer in operation.answers:
            receipt = answer.get("receipt")
            if receipt is None:
                if status < 400 or answer.get("state") == "refused_by_rules":
                    found.append(f"{operation.key}: acknowledged without a receipt")
                continue
            place = (receipt["chain"], receipt["seq"])
            told = kinds.get(place)
            if final.hashes.get(place) != receipt["hash"] or told is None:
                found.append(f"{operation.key}: nothing with its hash at {place}")
            elif (told.kind, told.person_id) != (
                KIND_OF_STATE[answer["state"]],
                operation.person_id,
            ) and told.kind != "observation-started":
                found.append(f"{operation.key}: {place} says {told.kind}")
            reservation_id = answer.get("reservation_id")
            if reservation_id is not None and reservation_id not in reservations:
                found.append(f"{operation.key}: its reservation does not exist")
    return found


def i3_once_per_key(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I3: no key is executed twice, every repeat got the first answer, no act is without a key."""
    found = []
    for operation in history.values():
        recorded = [answer for answer in operation.answers if answer[1].get("receipt")]
        if any(answer != recorded[0] for answer in recorded):
            found.append(f"{operation.key}: two different answers")
    times = Counter(stored.key for stored in final.stored)
    found += [f"{key}: executed {count} times" for key, count in times.items() if count > 1]
    found += [f"{key}: nobody sent it" for key in times if key not in history]
    observations = {
        (told.chain_id, told.seq) for told in final.entries if told.kind == "observation-started"
    }
    bound = Counter((stored.chain_id, stored.seq) for stored in final.stored)
    for told in final.entries:
        if told.kind not in KIND_OF_STATE.values():
            continue
        place = (told.chain_id, told.seq)
        behind = (told.chain_id, told.seq + 1)
        # A hand-out that starts an observation is bound by the entry behind it.
        if bound[place] == 0 and not (behind in observations and bound[behind]):
            found.append(f"entry {place} ({told.kind}) belongs to no key")
    return found


def i4_chain(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I4: the ledger verifies: no gap, every hash, every commitment, the head."""
    return [
        f"chain {one.chain_id} entry {one.seq}: {one.what} (person {one.person_id})"
        for one in verify_connection(final.connection).problems
    ]


def i7_linearizable(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I7 (and I8): some order of each dose's acts makes every answer true, refusals as well."""
    by_person: dict[int, list[Operation]] = defaultdict(list)
    for operation in history.values():
        by_person[operation.person_id].append(operation)
    stored = {one.key: one for one in final.stored}
    latest = max((o.ended for o in history.values() if o.definite), default=0.0) + 1e6
    held = {
        person: (claim[3], claim[0]) for (person, _, _), claim in sorted(_claims(final).items())
    }
    found = []
    for person, operations in by_person.items():
        steps = []
        for operation in operations:
            if operation.reservation_id in final.before:
                continue  # An earlier day's dose.
            said = _what_was_said(operation, stored)
            if said is None:
                continue
            problem, step = _step(final, operation, *said, latest)
            if problem is not None:
                found.append(f"{operation.key}: {problem}")
            elif step is not None:
                steps.append(step)
        phase, reservation_id = held.get(person, ("none", None))
        end = Step("end", reservation_id, frozenset({phase}), latest + 1, latest + 1)
        if not linearizable([*steps, end]):
            found.append(f"person {person}: no order of {len(steps)} acts makes all answers true")
    return found


def _claims(final: Final) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {
        row[1:4]: (row[0], None, None, row[4])
        for row in final.new("SELECT reservation_id, person_id, for_day, part, state FROM claim")
    }


def _what_was_said(
    operation: Operation, stored: Mapping[str, Stored]
) -> tuple[int, dict[str, Any]] | None:
    """The answer told, else the one stored; None: it never happened."""
    if operation.definite:
        return operation.answers[0]
    kept = stored.get(operation.key)
    return None if kept is None else (kept.status, kept.answer)


def _step(
    final: Final, operation: Operation, status: int, answer: dict[str, Any], latest: float
) -> tuple[str | None, Step | None]:
    ended = min(operation.ended, latest)
    if status < 400:
        told_id = answer["reservation_id"]
        return None, Step(
            operation.verb, told_id, frozenset(), operation.started, ended, operation.key
        )
    words = frozenset(answer.get("blocking") or [str(answer.get("type")).rpartition("/")[2]])
    if "too-soon" in words and not words & TAKEN:
        known = operation.person_id in final.swallowed_lately
        return (None if known else "no dose was swallowed lately"), None
    if "prescription-changed" in words and not words & TAKEN:
        known = operation.person_id in final.reordered
        return (None if known else "the order never changed"), None
    if words & STATIC_REFUSALS:
        enrolled, holder = final.units_of[operation.person_id]
        unit = operation.unit_id
        truth = unit not in (enrolled, holder) if "not-found" in words else unit != holder
        if operation.verb != "reserve" and "not-found" in words:
            truth = unit != final.replayed.reservation[operation.reservation_id or 0][1]
        return (None if truth else f"{sorted(words)} is not true"), None
    if operation.verb == "reserve" or operation.verb in ENDINGS | {
        "given",
        "doubts",
        "reversals",
    }:
        return None, Step(
            operation.verb,
            operation.reservation_id,
            words,
            operation.started,
            ended,
            operation.key,
        )
    return f"unknown verb {operation.verb}", None


def i9_all_or_nothing(final: Final, history: Mapping[str, Operation]) -> list[str]:
    """I9: an act whose answer never came is fully there, ledger and rows, or not at all.

    "Not at all" follows with I3 and I6: every entry belongs to a key, every row to an entry.
    """
    kinds = {(told.chain_id, told.seq): told for told in final.entries}
    stored = {one.key: one for one in final.stored}
    found = []
    for operation in history.values():
        kept = stored.get(operation.key)
        if kept is None:
            if any(answer.get("receipt") for _, answer in operation.answers):
                found.append(f"{operation.key}: answered with a receipt and not kept")
            continue
        place = (kept.chain_id, kept.seq)
        told = kinds.get(place)
        if told is None or final.hashes.get(place) != kept.hash:
            found.append(f"{operation.key}: its answer is kept and its entry is not there")
        elif kept.answer["state"] in ("reserved", "given"):
            reservation_id = kept.answer["reservation_id"]
            if reservation_id not in final.replayed.reservation:
                found.append(f"{operation.key}: its entry is there and its reservation is not")
    return found


INVARIANTS: tuple[tuple[str, Callable[[Final, Mapping[str, Operation]], list[str]]], ...] = (
    ("I1", i1_no_double),
    ("I2", i2_acknowledged_exists),
    ("I3", i3_once_per_key),
    ("I4", i4_chain),
    ("I5", i5_stock),
    ("I6", i6_tables_are_the_ledger),
    ("I7", i7_linearizable),
    ("I9", i9_all_or_nothing),
)


def check(
    connection: psycopg.Connection[Any],
    history: Mapping[str, Operation],
    before: frozenset[int],
    only: Iterable[str] | None = None,
) -> Report:
    """Hold a history and a database against every invariant (or ``only`` some of them)."""
    final = read_final(connection, before)
    wanted = None if only is None else set(only)
    report = Report()
    for name, invariant in INVARIANTS:
        if wanted is None or name in wanted:
            report.problems[name] = invariant(final, history)
    stored = {one.key for one in final.stored}
    unknown = [one for one in history.values() if not one.definite]
    report.counts = {
        "doses contested": len({one.person_id for one in history.values()}),
        "acts asked for (keys)": len(history),
        "requests noted before sending": sum(one.sent for one in history.values()),
        "lines cut as the client saw it": sum(one.cuts for one in history.values()),
        "answers 'repeat with the same key'": sum(len(one.unclear) for one in history.values()),
        "refusals told": sum(one.refused for one in history.values()),
        "answers never learnt, act is there": sum(one.key in stored for one in unknown),
        "answers never learnt, act is not there": sum(one.key not in stored for one in unknown),
        "ledger entries": len(final.hashes),
        "hand-outs given": sum(told.kind == "handout-given" for told in final.entries),
    }
    return report
