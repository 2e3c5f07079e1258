"""The mutants that change no answer, each with the reason: ``equivalent.toml``."""

import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("equivalent.toml")


def listed() -> dict[str, str]:
    """Reason by the mutant's name."""
    groups = tomllib.loads(LIST.read_text("utf-8")).get("group", [])
    return {name: group["why"] for group in groups for name in group["mutants"]}
