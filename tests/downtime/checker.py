"""After a story: was anything doubled, merged or lost without a doctor being told?"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.downtime.stories import Story

EVENTS = """
SELECT person_id, serial, row_no, happened, happened_at, doses FROM paper_event
WHERE person_id = ANY (%s)
"""
CONFLICTS = """
SELECT person_id, kinds, closed_at IS NULL, decision FROM paper_conflict WHERE person_id = ANY (%s)
"""
HOLDS = "SELECT person_id, hold_id FROM paper_hold WHERE person_id = ANY (%s)"


def check(story: Story) -> list[str]:
    """Every broken promise, as sentences; nothing of a person but the number."""
    return [
        *story.wrong,
        *_doubles(story),
        *_rows(story),
        *_accounts(story),
        *_conflicts(story),
        *_chain(story),
    ]


def _by_person(story: Story, sql: str) -> defaultdict[int, list[Any]]:
    """All the story's people at once: a person's number to the rest of each row."""
    found = defaultdict(list)
    for person, *row in story.scene.run(sql, list(story.people)).fetchall():
        found[person].append(row)
    return found


def _doubles(story: Story) -> list[str]:
    """More than one dose swallowed: a doctor has been shown a conflict of the person."""
    shown = {row[0] for row in story.scene.run(CONFLICTS, list(story.people)).fetchall()}
    found = []
    for person, truth in story.people.items():
        if len(truth.swallowed) < 2:
            continue
        story.met["swallowed twice in truth"] += 1
        if person not in shown:
            found.append(f"person {person} swallowed {truth.swallowed}, and no doctor knows")
    return found


def _rows(story: Story) -> list[str]:
    """Every row that could have been given is told or holds its person."""
    lost = []
    for serial in story.named:
        known = {
            row[0]
            for row in story.scene.run(
                "SELECT row_no FROM paper_event WHERE serial = %s UNION"
                " SELECT row_no FROM paper_hold WHERE serial = %s",
                *(serial, serial),
            ).fetchall()
        }
        lost += [
            f"row {row_no} of list {serial} is lost"
            for row_no, row in story.rows[serial].items()
            if not row["why"] and row_no not in known
        ]
        story.met["rows to give on lists in use"] += sum(
            not row["why"] for row in story.rows[serial].values()
        )
    return lost


def _accounts(story: Story) -> list[str]:
    """As many events as different accounts, each with the amounts that were told."""
    wrong = []
    told = _by_person(story, EVENTS)
    for person, truth in story.people.items():
        events = told[person]
        story.met["rows told"] += len(events)
        if len(events) != len(truth.accounts):
            wrong.append(
                f"person {person}: {len(truth.accounts)} accounts became {len(events)} events"
            )
        kept = {(s, r, h, at) for s, r, h, at, _ in events}
        wrong += [
            f"person {person}: {account[:3]} is not kept as told"
            for account in truth.accounts
            if account[:4] not in kept
        ]
        for serial, row_no, happened, _, doses in events:
            said = [a[4] for a in truth.accounts if a[:3] == (serial, row_no, happened)]
            amount = sum(dose[2] for dose in doses)
            had = happened in ("given", "partial")
            if had and None not in said and amount not in said:
                wrong.append(f"person {person}: {amount} kept where {said} was told")
    return wrong


def _conflicts(story: Story) -> list[str]:
    """Every conflict that had to arise is there, open or closed by a doctor in writing."""
    wrong = []
    conflicts, holds = _by_person(story, CONFLICTS), _by_person(story, HOLDS)
    for person, truth in story.people.items():
        rows = conflicts[person]
        shown = {kind for kinds, _, _ in rows for kind in kinds}
        story.met.update(f"conflict: {kind}" for kinds, _, _ in rows for kind in kinds)
        needed = truth.expected - ({"too-soon"} if not truth.had_told else set())
        if needed - shown:
            wrong.append(f"person {person}: {sorted(needed - shown)} never shown")
        if any(not is_open and not decision for _, is_open, decision in rows):
            wrong.append(f"person {person}: a conflict closed without a word")
        still = any(is_open for _, is_open, _ in rows)
        if still and not holds[person]:
            wrong.append(f"person {person}: an open conflict holds nobody")
    return wrong


def _chain(story: Story) -> list[str]:
    """Every event and conflict is an entry, and stock is the sum of its movements."""
    counts = story.scene.run(
        "SELECT (SELECT count(*) FROM paper_event WHERE unit_id = %s),"
        " (SELECT count(*) FROM ledger_payload WHERE kind = 'paper-row-told' AND unit_id = %s),"
        " (SELECT count(*) FROM paper_conflict WHERE unit_id = %s),"
        " (SELECT count(*) FROM ledger_payload WHERE kind = 'paper-conflict-opened'"
        " AND unit_id = %s)",
        *(story.clinic.unit_id,) * 4,
    ).fetchone()
    stock = story.scene.run(
        "SELECT count(*) FROM bottle b WHERE unit_id = %s AND balance_ug <>"
        " (SELECT sum(delta_ug) FROM stock_movement m WHERE m.bottle_id = b.bottle_id)",
        story.clinic.unit_id,
    ).fetchone()
    wrong = []
    if counts[0] != counts[1] or counts[2] != counts[3]:
        wrong.append(f"records and entries differ: {counts}")
    if stock[0]:
        wrong.append("stock is not what its movements make")
    return wrong
