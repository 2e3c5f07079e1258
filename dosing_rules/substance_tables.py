"""The tables of substances as data: what medicines do, what equals what, each row with its source.

``tables/substances.toml`` is part of every rule book: a book's ``sha256`` covers its bytes. It
belongs to the wheel; a broken one stops the start.
"""

import tomllib
from importlib.resources import files
from typing import Any

SUBSTANCE_BYTES: bytes = (files("dosing_rules") / "tables" / "substances.toml").read_bytes()
SUBSTANCE_TABLES: dict[str, Any] = tomllib.loads(SUBSTANCE_BYTES.decode("utf-8"))
