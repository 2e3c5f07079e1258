"""Words, figures and days of the report, in Danish or English, and the limits it goes by."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from audit.definitions import definitions, rules
from audit.medicinsk import texts
from audit.medicinsk.model import Distribution, Indicator, Institution, Note, Unit

Language = Literal["da", "en"]
NO_BREAK = "\u00a0"
UG_PER_MG = 1000

_MONTHS = {
    "da": (
        *("januar", "februar", "marts", "april", "maj", "juni", "juli"),
        *("august", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of the report's own, with its source; ``confirmed_by`` empty: nobody yet."""

    name: str
    value: int
    unit: str
    source: str
    confirmed_by: str


@cache
def limits() -> Mapping[str, Limit]:
    """From when something is few, or stands out."""
    text = files("audit.medicinsk.report").joinpath("limits.toml").read_text("utf-8")
    return {name: Limit(**row) for name, row in tomllib.loads(text).items()}


@cache
def _words() -> Mapping[str, list[str]]:
    text = files("audit.medicinsk.report").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _english() -> Mapping[str, Mapping[str, str]]:
    text = files("audit.medicinsk.report").joinpath("english.toml").read_text("utf-8")
    return tomllib.loads(text)


def small_n() -> int:
    """Under so many, no distribution and no comparison is shown."""
    return rules()["suppress_below"].value


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything that is said, in one language."""

    language: Language = "da"

    def text(self, key: str, **values: object) -> str:
        """A sentence by its key, filled in. Raises KeyError for one that is not there."""
        text = _words()[key][0 if self.language == "da" else 1]
        return text % values if values or "%%" in text else text

    def page_of(self) -> str:
        """``Side %(page)s af %(pages)s``, to be filled in when the pages are counted."""
        return self.text("page_of", page="%(page)s", pages="%(pages)s")

    def label(self, key: str) -> str:
        """What a figure, row or column is called; a key without a name stands for itself."""
        tables = texts.texts() if self.language == "da" else _english()
        known = tables["figure"].get(key) or tables["label"].get(key)
        if known is None and key in texts.rule_names():
            return texts.rule_names()[key][0 if self.language == "da" else 1]
        return known if known is not None else self._band(key)

    def _band(self, key: str) -> str:
        """An age band with an open end in words; whatever else has no name stands for itself."""
        below, _, above = key.partition("-")
        if key.startswith("-") and above.isdigit():
            return self.text("up_to", n=above)
        if key.endswith("-") and below.isdigit():
            return self.text("from_on", n=below)
        return key

    def name(self, key: str) -> str:
        """A label where a line begins."""
        text = self.label(key)
        # An id or a code without a name is told as it is written.
        return text if text == key else text[:1].upper() + text[1:]

    def full_name(self, one: Indicator, key: str) -> str:
        """A figure's name where it stands alone: *of these* says of whom."""
        of = ""
        for share in one.shares:
            text = self.label(share.key)
            part = text.startswith(("heraf", "of these"))
            if share.key == key:
                return f"{of}, {text}" if part and of else self.name(key)
            of = of if part else self.name(share.key)
        return self.name(key)

    def indicator(self, id_: str) -> str:
        """``Dosisniveau``; the id where nobody has named it."""
        if self.language == "en":
            return _english()["indicator"].get(id_, id_)
        known = definitions().get(id_)
        return id_ if known is None else known.name

    def place(self, one: Institution) -> str:
        """An institution's name; all of them together have one, too."""
        return self.text("whole") if one.unit_id is None else one.name

    def note(self, one: Note) -> str:
        """A sentence beside a figure; its key where there is none."""
        tables = texts.texts() if self.language == "da" else _english()
        text = tables["note"].get(one.key)
        return one.key if text is None else text % dict(one.values)

    def day(self, on: date) -> str:
        """``31. december 2026``"""
        month = _MONTHS[self.language][on.month - 1]
        return f"{on.day}{'.' if self.language == 'da' else ''} {month} {on.year}"

    def number(self, value: int) -> str:
        """``12.345`` in Danish."""
        return f"{value:,}".replace(",", "." if self.language == "da" else ",")

    def decimal(self, value: float, places: int = 1) -> str:
        """``2,5``; always so many places."""
        text = f"{value:.{places}f}"
        return text.replace(".", ",") if self.language == "da" else text

    def percent(self, value: int | None) -> str:
        """``45 %``; a dash where it is known of nobody."""
        return "–" if value is None else f"{value}{NO_BREAK}%"

    def milligrams(self, ug: int) -> str:
        """Exact, without trailing zeros: ``2,5 mg``."""
        whole, rest = divmod(abs(ug), UG_PER_MG)
        text = self.number(whole)
        if rest:
            mark = "," if self.language == "da" else "."
            text += mark + f"{rest:03}".rstrip("0")
        return f"{'-' if ug < 0 else ''}{text}{NO_BREAK}mg"

    def value(self, value: int | None, unit: Unit) -> str:
        """A value with its unit; counts of people and the like without."""
        if value is None:
            return "–"
        if unit == "ug":
            return self.milligrams(value)
        if unit in ("minutes", "ms", "days"):
            return f"{self.number(value)}{NO_BREAK}{self.unit(unit)}"
        return self.number(value)

    def unit(self, unit: Unit) -> str:
        """What is counted; amounts are read in milligrams."""
        if unit == "ug":
            return "mg"
        return texts.unit(unit) if self.language == "da" else unit.replace("_", "-")

    def few(self) -> str:
        """What stands where too few are counted."""
        return self.text("few", small=small_n())


def on_axis(unit: Unit, value: int) -> float:
    """A value in the unit of its axis: micrograms in milligrams."""
    return value / UG_PER_MG if unit == "ug" else float(value)


def bar_labels(of: Distribution, said: Wording) -> tuple[str, ...]:
    """The names of a histogram's bars: up to each edge, and above the last."""
    ends = [_bare(said, edge, of.unit) for edge in of.edges]
    if not ends:
        return ("",)
    if of.unit == "ug":
        # A dash beside a minus would be misread.
        between = f" {said.text('until_word')} " if of.edges[0] < 0 else "–"
        spans = [f"{low}{between}{high}" for low, high in pairwise(ends)]
        for at, (low, high) in enumerate(pairwise(of.edges)):
            # One microgram below nothing is where nothing begins.
            if (low, high) == (-1, 0):
                spans[at] = "0"
            elif high == -1:
                spans[at] = f"{ends[at]} {said.text('below_none')}"
    else:
        # Whole numbers: a bar begins one above the last one's end.
        firsts = [(low + 1, high) for low, high in pairwise(of.edges)]
        spans = [
            said.number(high) if low == high else f"{said.number(low)}–{said.number(high)}"
            for low, high in firsts
        ]
    first = ends[0] if of.edges[0] == 0 else f"≤{ends[0]}"
    return (first, *spans, f">{ends[-1]}")


def _bare(said: Wording, value: int, unit: Unit) -> str:
    text = said.milligrams(value) if unit == "ug" else said.number(value)
    return text.removesuffix(f"{NO_BREAK}mg")
