"""Whether the tables of stock say what the ledger says: acts, movements, counts, explanations.

Rows that a scene wrote behind the ledger's back carry the reason ``scene`` and are left out.
"""

from typing import Any

import psycopg

TOLD = """
SELECT kind, unit_id, actor_id, convert_from(payload, 'UTF8')::jsonb -> 'facts' FROM ledger_payload
WHERE kind LIKE 'stock-%' AND payload IS NOT NULL
"""
ACTS = """
SELECT act_id, kind, unit_id, done_by, reason, witnessed_by, encode(seen_sha256, 'hex'), supplier,
    wasted_ug FROM stock_act WHERE reason IS DISTINCT FROM 'scene'
"""
MOVEMENTS = """
SELECT m.act_id, m.kind, CASE WHEN m.bottle_id IS NULL THEN 'holding' ELSE 'bottle' END,
    coalesce(m.bottle_id, m.holding_id), m.delta_ug FROM stock_movement m JOIN stock_act a
    USING (act_id) WHERE a.reason IS DISTINCT FROM 'scene'
"""
LINES = """
SELECT count_id, line, coalesce(bottle_id, holding_id), counted_ug, book_ug, tolerance_ug
FROM stock_count_line
"""
EXPLAINED = "SELECT count_id, line, act_id FROM stock_explanation"


def stock_is_the_ledger(connection: psycopg.Connection[Any]) -> int:
    """Assert that each table of stock is what the entries make of it; answers how many acts."""
    acts, movements, lines, explained = set(), [], set(), set()
    for kind, unit_id, actor_id, facts in connection.execute(TOLD):
        word = kind.removeprefix("stock-")
        if word == "counted":
            lines |= {
                (facts["count"], line, number, counted, book, tolerance)
                for line, _, number, counted, book, tolerance in facts["lines"]
            }
        if "act" not in facts:
            continue
        act_id = facts["act"]
        told = (facts.get(name) for name in ("reason", "witness", "seen_sha256", "supplier"))
        acts.add((act_id, word, unit_id, actor_id, *told, facts.get("wasted_ug")))
        movements += [(act_id, word, *move) for move in facts["moves"]]
        if "count" in facts:
            explained.add((facts["count"], facts["line"], act_id))
    assert set(connection.execute(ACTS)) == acts
    assert sorted(connection.execute(MOVEMENTS)) == sorted(movements)
    assert set(connection.execute(LINES)) == lines
    assert set(connection.execute(EXPLAINED)) == explained
    return len(acts)
