"""The rows as zen-engine runs them: one compiled list expression, and one decision table."""

import json
import re
from collections.abc import Mapping
from typing import Any

import zen

from benchmarks.check.zen_cells import Row
from benchmarks.check.zen_rules import ROWS
from dosing_rules import RuleBook

Findings = frozenset[tuple[str, int]]


def _numbered(cell: str, book: RuleBook) -> str:
    """The cell with the book's numbers in place of their names."""
    return re.sub(r"\{(\w+)\}", lambda match: str(book.limits[match[1]].value), cell)


def condition(row: Row, book: RuleBook) -> str:
    """All cells of a row as one condition."""
    return " and ".join(
        f"({_numbered(cell, book).replace('$', fact)})" for fact, cell in row.cells.items()
    )


class ListExpression:
    """All rules in one compiled expression that answers a list: a severity per row that fires."""

    def __init__(self, book: RuleBook) -> None:
        rows = [f"{condition(row, book)} ? {number} : null" for number, row in enumerate(ROWS)]
        self.source = f"filter([{', '.join(rows)}], # != null)"
        self._compiled = zen.compile_expression(self.source)

    def ask(self, context: Any) -> Any:
        """What the engine answers; only this is timed."""
        return self._compiled.evaluate(context)

    @staticmethod
    def findings(answer: Any) -> Findings:
        return frozenset((ROWS[int(n)].rule_id, int(ROWS[int(n)].severity)) for n in answer)


class SeverityList(ListExpression):
    """The same with a severity or nought for every row, and no filter."""

    def __init__(self, book: RuleBook) -> None:
        rows = [f"{condition(row, book)} ? {int(row.severity)} : 0" for row in ROWS]
        self.source = f"[{', '.join(rows)}]"
        self._compiled = zen.compile_expression(self.source)

    @staticmethod
    def findings(answer: Any) -> Findings:
        return frozenset(
            (row.rule_id, int(severity))
            for row, severity in zip(ROWS, answer, strict=True)
            if severity
        )


class DecisionTable:
    """One decision table as its editor writes it: a column per fact, a row per finding, collect."""

    def __init__(self, book: RuleBook) -> None:
        facts = list(dict.fromkeys(fact for row in ROWS for fact in row.cells))
        columns = {fact: f"c{number}" for number, fact in enumerate(facts)}
        table = {
            "hitPolicy": "collect",
            "inputs": [{"id": columns[fact], "name": fact, "field": fact} for fact in facts],
            "outputs": [
                {"id": "rule", "name": "rule", "field": "rule"},
                {"id": "severity", "name": "severity", "field": "severity"},
            ],
            "rules": [
                {"_id": f"r{number}"}
                | {columns[fact]: "" for fact in facts}
                | {columns[fact]: _numbered(cell, book) for fact, cell in row.cells.items()}
                | {"rule": f"'{row.rule_id}'", "severity": str(int(row.severity))}
                for number, row in enumerate(ROWS)
            ],
        }
        self.columns, self.rows = len(facts), len(ROWS)
        self._decision = zen.ZenEngine().create_decision(json.dumps(_graph(table)))

    def ask(self, context: Any) -> Any:
        """What the engine answers; only this is timed."""
        return self._decision.evaluate(context)

    @staticmethod
    def findings(answer: Mapping[str, Any]) -> Findings:
        return frozenset((row["rule"], int(row["severity"])) for row in answer["result"])


def _graph(table: dict[str, Any]) -> dict[str, Any]:
    place = {"x": 0, "y": 0}
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {
                "id": "table",
                "type": "decisionTableNode",
                "name": "rules",
                "position": place,
                "content": table,
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "2", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
