"""Bars and what was measured against them, written to results/ and shown as a table."""

import json
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
SUMMARY = "summary.json"


@dataclass(frozen=True, slots=True)
class Bar:
    """One promise. ``measured`` and ``bar`` are in ``unit``; ``at_least`` tells which way is up."""

    name: str
    measured: float
    bar: float
    unit: str
    at_least: bool
    note: str = ""

    @property
    def met(self) -> bool:
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar

    def row(self) -> tuple[str, str, str, str]:
        """Name, bar, measured, and the word."""
        sign = "≥" if self.at_least else "≤"
        return (
            self.name,
            f"{sign} {_short(self.bar)} {self.unit}",
            f"{_short(self.measured)} {self.unit}",
            "met" if self.met else "MISSED",
        )


@dataclass
class Result:
    """What one benchmark found: its bars, and figures for the curious by name."""

    name: str
    bars: list[Bar] = field(default_factory=list[Bar])
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "seconds": round(self.seconds, 1),
            "bars": [asdict(bar) | {"met": bar.met} for bar in self.bars],
            "figures": self.figures,
        }


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def machine() -> dict[str, Any]:
    """Where it was measured."""
    model = platform.processor() or "unknown"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "python": sys.version.split()[0],
        "load_before": round(os.getloadavg()[0], 2),
        "measured_on": datetime.now(UTC).date().isoformat(),
    }


def write(result: Result) -> None:
    """Keep one result; a later run of the same benchmark replaces it."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result.as_dict(), indent=1, ensure_ascii=False)
    (RESULTS / f"{result.name}.json").write_text(text + "\n")


def write_summary(about: dict[str, Any], results: Iterable[Result]) -> None:
    """The summary that is committed. Benchmarks not run this time keep their earlier figures."""
    path = RESULTS / SUMMARY
    RESULTS.mkdir(exist_ok=True)
    known = json.loads(path.read_text())["results"] if path.exists() else {}
    for result in results:
        known[result.name] = result.as_dict() | {"machine": about}
    document = {"results": dict(sorted(known.items()))}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def show(results: Iterable[Result]) -> bool:
    """Print the bars; answers whether all were met."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Bars, as ratios within this run")
    for heading in ("benchmark", "bar", "must be", "measured", ""):
        table.add_column(heading)
    all_met = True
    for result in results:
        for bar in result.bars:
            all_met &= bar.met
            name, bound, measured, word = bar.row()
            style = "green" if bar.met else "bold red"
            table.add_row(result.name, name, bound, measured, f"[{style}]{word}[/]")
    Console(width=140 if not sys.stdout.isatty() else None).print(table)
    return all_met
