"""What keys of the model are called in Danish: one table, ``audit/definitions/texts.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from audit.medicinsk.model import Note


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The whole table: unit, figure, label, note, word."""
    found = files("audit.definitions").joinpath("texts.toml").read_text("utf-8")
    return tomllib.loads(found)


@cache
def rule_names() -> Mapping[str, tuple[str, str]]:
    """What a rule of the counter is called in a table, by id: Danish, English."""
    found = files("audit.definitions").joinpath("rule_names.toml").read_text("utf-8")
    return {id_: (names[0], names[1]) for id_, names in tomllib.loads(found).items()}


def figure(key: str) -> str:
    """What a share, distribution, table, rate or amount is called. Raises KeyError."""
    return texts()["figure"][key]


def label(key: str) -> str:
    """What a row or column is called; one that the table does not hold stands for itself."""
    return texts()["label"].get(key, key)


def unit(key: str) -> str:
    """What is counted. Raises KeyError."""
    return texts()["unit"][key]


def word(key: str) -> str:
    """A word of the report around the figures. Raises KeyError."""
    return texts()["word"][key]


def note(one: Note) -> str:
    """A note with its values filled in. Raises KeyError."""
    return texts()["note"][one.key] % dict(one.values)
