"""The tables of substances as data: what medicines do, what equals what, each row with its source.

``tables/substances.toml`` is part of every rule book: a book's ``sha256`` covers its bytes.
"""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def substance_bytes() -> bytes:
    """The file as it stands, for the hash of a book."""
    return (files("dosing_rules") / "tables" / "substances.toml").read_bytes()


@lru_cache(maxsize=1)
def substance_tables() -> dict[str, Any]:
    """The file's tables. A broken file stops the start."""
    return tomllib.loads(substance_bytes().decode("utf-8"))
