"""Write the figures of the last run into docs/performance.md: none is ever typed by hand.

`python -m benchmarks.report` renders the committed summary; `make bench` does so at its end. Only
the part between the two marks is written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.bars import RESULTS, SUMMARY, Bar

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
ORDER = (
    "check",
    "compiled",
    "morning",
    "replay",
    "ledger-verify",
    "audit-year",
    "audit-growth",
    "reserve",
    "hand-out",
    "first-hour",
    "growth",
)


def render() -> None:
    """Put the bars and figures of the summary into the page."""
    results = json.loads((RESULTS / SUMMARY).read_text())["results"]
    found = [results[name] for name in ORDER if name in results]
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    parts = [_bars(found), *(_figures(one) for one in found)]
    PAGE.write_text(before + BEGIN + "\n\n" + "\n\n".join(parts) + "\n\n" + END + after)


def _bars(results: list[dict[str, Any]]) -> str:
    lines = ["| benchmark | bar | must be | measured | |", "|---|---|---|---|---|"]
    for result in results:
        for row in result["bars"]:
            bar = Bar(**{name: value for name, value in row.items() if name != "met"})
            name, bound, measured, word = bar.row()
            shown = word if bar.met else f"**{word}**"
            lines.append(f"| {result['name']} | {name} | {bound} | {measured} | {shown} |")
    return "\n".join(lines)


def _figures(result: dict[str, Any]) -> str:
    machine = result["machine"]
    where = (
        f"Measured on {machine['measured_on']}: {machine['cores']} cores ({machine['processor']}),"
        f" Python {machine['python']}, load {machine['load_before']} before."
    )
    lines = [f"### {result['name']}", "", where, "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in _flat(result["figures"])]
    return "\n".join(lines)


def _flat(figures: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in figures.items():
        spoken = f"{above}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            rows += _flat(value, f"{spoken}: ")
        else:
            rows.append((spoken, f"{value:,}" if isinstance(value, int) else str(value)))
    return rows


if __name__ == "__main__":
    render()
