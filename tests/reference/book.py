"""The numbers of dk-crk-2026, read straight from the file into the units the facts are in."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "dosing_rules" / "rulebooks" / "dk-crk-2026.toml"
_SMALL = {"mg": 1000, "ml": 1000, "permille": 1000, "hours": 60}


def _numbers() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, entry in tomllib.loads(FILE.read_text("utf-8"))["numbers"].items():
        value, unit = entry["value"], entry["unit"]
        if unit in ("anchor", "yes/no", "table"):
            found[name] = value
        else:
            found[name] = int(Decimal(str(value)) * _SMALL.get(unit, 1))
    return found


N = _numbers()
