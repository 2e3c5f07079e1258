"""Ours beside zen-engine: equal findings first, then time."""

import json
import statistics
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.bars import Bar, Result
from benchmarks.check.flat import flat_facts
from benchmarks.check.snapshots import Snapshot, snapshots
from benchmarks.check.zen_forms import DecisionTable, Findings, ListExpression, SeverityList
from benchmarks.check.zen_rules import ROWS
from benchmarks.timing import interleaved_us, ratio
from dosing_rules import RULES, RuleBook, Verdict, check_dispensing, load_book

SEED = 20_261_123
TIMES_BEST, TIMES_TABLE = 5.0, 30.0
# Ours always asks all rules; the peer is given these, and never one that we do not ask.
COMPARED = frozenset(row.rule_id for row in ROWS)
# The slow forms are timed on a part of the snapshots: per check it makes no difference.
TIMED, TIMED_TABLE, ROUNDS = 3_000, 300, 9


def compare(count: int) -> Result:
    """Assert equal findings on ``count`` snapshots, then time every form in turns."""
    book = load_book("dk-crk-2026")
    drawn = list(snapshots(count, SEED))
    ours = [check_dispensing(request, patient, book) for request, patient in drawn]
    flat = contexts(drawn, book)
    forms = {
        "list": ListExpression(book),
        "severities": SeverityList(book),
        "table": DecisionTable(book),
    }
    _every_compared_rule_fires(ours)
    for name, form in forms.items():
        _equal(name, ours, flat, form.ask, form.findings)
    texts = [json.dumps(facts) for facts in flat]
    taken = _time(drawn, flat, texts, forms, ours, book)
    medians = {name: statistics.median(rounds) for name, rounds in taken.items()}
    best = min(
        (name for name in medians if name.startswith(("list", "severities"))),
        key=medians.__getitem__,
    )
    table = min((name for name in medians if name.startswith("table")), key=medians.__getitem__)
    quiet = sum(not verdict.findings for verdict in ours)
    return Result(
        "check",
        [
            Bar(
                "one check, all rules, beside zen-engine's best form",
                ratio(taken[best], taken["ours"]),
                TIMES_BEST,
                "times faster",
                at_least=True,
                note=best,
            ),
            Bar(
                "the same beside zen-engine's decision table",
                ratio(taken[table], taken["ours"]),
                TIMES_TABLE,
                "times faster",
                at_least=True,
                note=table,
            ),
        ],
        {
            "snapshots": count,
            "quiet_snapshots": quiet,
            "findings_per_troubled": round(
                sum(len(verdict.findings) for verdict in ours) / max(count - quiet, 1), 2
            ),
            "rules_of_the_peer": len(COMPARED),
            "rules_of_ours": len(RULES),
            "rules_only_ours": ", ".join(r.id for r in RULES if r.id not in COMPARED) or "none",
            "us_per_check": {name: round(value, 2) for name, value in sorted(medians.items())},
            "times_best_when_quiet": round(ratio(taken[best], taken["ours, quiet"]), 1),
            "times_best_with_flattening": round(
                ratio(
                    [a + b for a, b in zip(taken[best], taken["flattening"], strict=True)],
                    taken["ours"],
                ),
                1,
            ),
        },
    )


def contexts(drawn: Sequence[Snapshot], book: RuleBook) -> list[dict[str, Any]]:
    """Flat facts of every snapshot, all with the same keys."""
    flat = [flat_facts(request, patient, book) for request, patient in drawn]
    names = dict.fromkeys(name for facts in flat for name in facts)
    return [{**names, **facts} for facts in flat]


def _every_compared_rule_fires(verdicts: Sequence[Verdict]) -> None:
    fired = {finding.rule_id for verdict in verdicts for finding in verdict.findings}
    if silent := COMPARED - fired:
        raise SystemExit(f"the snapshots never make these rules object: {sorted(silent)}")
    if unknown := COMPARED - {rule.id for rule in RULES}:
        raise SystemExit(f"the peer has rules that we have not: {sorted(unknown)}")


def _equal(
    name: str,
    ours: Sequence[Verdict],
    flat: Sequence[dict[str, Any]],
    ask: Callable[[Any], Any],
    findings: Callable[[Any], Findings],
) -> None:
    for number, (verdict, facts) in enumerate(zip(ours, flat, strict=True)):
        wanted = frozenset(
            (one.rule_id, int(one.severity)) for one in verdict.findings if one.rule_id in COMPARED
        )
        if (got := findings(ask(facts))) != wanted:
            raise SystemExit(
                f"snapshot {number}, zen {name}: only ours {sorted(wanted - got)},"
                f" only theirs {sorted(got - wanted)}"
            )


def _time(
    drawn: Sequence[Snapshot],
    flat: Sequence[dict[str, Any]],
    texts: Sequence[str],
    forms: dict[str, Any],
    ours: Sequence[Verdict],
    book: RuleBook,
) -> dict[str, list[float]]:
    part = drawn[:TIMED]
    quiet = [one for one, verdict in zip(drawn, ours, strict=True) if not verdict.findings][:TIMED]
    troubled = [one for one, verdict in zip(drawn, ours, strict=True) if verdict.findings][:TIMED]

    def check(which: Sequence[Snapshot]) -> Callable[[], int]:
        def way() -> int:
            for request, patient in which:
                check_dispensing(request, patient, book)
            return len(which)

        return way

    def ask(form: Any, contexts: Sequence[Any]) -> Callable[[], int]:
        def way() -> int:
            evaluate = form.ask
            for context in contexts:
                evaluate(context)
            return len(contexts)

        return way

    def flatten() -> int:
        for request, patient in part:
            flat_facts(request, patient, book)
        return len(part)

    ways = {
        "ours": check(part),
        "ours, quiet": check(quiet),
        "ours, troubled": check(troubled),
        "list, facts as dict": ask(forms["list"], flat[:TIMED]),
        "list, facts as JSON text": ask(forms["list"], texts[:TIMED]),
        "severities, facts as dict": ask(forms["severities"], flat[:TIMED]),
        "severities, facts as JSON text": ask(forms["severities"], texts[:TIMED]),
        "table, facts as dict": ask(forms["table"], flat[:TIMED_TABLE]),
        "table, facts as JSON text": ask(forms["table"], texts[:TIMED_TABLE]),
        "flattening": flatten,
    }
    return interleaved_us(ways, ROUNDS)
