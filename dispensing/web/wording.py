"""From a finding to the nurse's words: one text per rule id, filled with the finding's own facts.

The rules carry facts, never prose; ``rule_texts.toml`` carries prose, never decisions. How a value
reads follows from the last word of its name: ``asked_ug`` is milligrams, ``due_on`` a day.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from dispensing.clock import HOME_ZONE, zone_named
from dosing_rules import PRESCRIBING_RULES, RULES, Finding, Limit
from dosing_rules.amounts import mg_text, ml_text

Language = Literal["da", "en"]
TEXTS = Path(__file__).with_name("rule_texts.toml")

# Days that may lie in another year are told with it, and without the weekday.
_OFTEN_LONG_AGO = frozenset(
    {
        "ecg_on",
        "reviewed_on",
        "due_on",
        "first_dose_on",
        "valid_from_on",
        "valid_to_on",
        "plan_on",
        "supervised_until_on",
        "exception_until_on",
    }
)
# A line has room for so many days.
_DAYS_NAMED = 3
_WEEKDAYS = {
    "da": ("man", "tir", "ons", "tor", "fre", "lør", "søn"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    "da": ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_WORDS: dict[str, dict[str, str]] = {
    "da": {
        "methadone": "metadon",
        "buprenorphine": "buprenorfin",
        "diacetylmorphine": "heroin",
        "oral_solution": "mikstur",
        "tablet": "tablet",
        "sublingual_tablet": "sugetablet",
        "injection": "injektion",
        "depot": "depot",
        "oral": "gennem munden",
        "sublingual": "under tungen",
        "intravenous": "i en vene",
        "subcutaneous": "under huden",
        "unknown": "ikke oplyst",
        "yes": "ja",
        "no": "nej",
        "unit": "enhed",
        "day": "dag",
        "days": "dage",
        "month": "måned",
        "months": "måneder",
        "last_covered": "sidste dag med dosis",
        "last_swallowed": "sidste dosis indtaget her",
        "planned_pickup": "aftalt afhentning",
        "hour": "time",
        "hours": "timer",
        "h": "t",
        "nurse": "Du kan selv: skriv hvorfor",
        "doctor": "Lægen kan, med en beslutning",
        "nobody": "Kan ikke ophæves; vejen videre står her",
        "none_needed": "Til orientering",
        "unconfirmed": "ikke bekræftet",
        "breaths_per_minute": "i minuttet",
        "ml_per_minute": "ml/min",
        "poss": "POSS",
        "cows": "COWS",
        "count": "i antal",
        "factor": "gange",
        "substances": "medicinlisten",
    },
    "en": {
        "last_covered": "last day with a dose",
        "last_swallowed": "last dose taken here",
        "planned_pickup": "planned pick-up",
        "oral_solution": "oral solution",
        "sublingual_tablet": "sublingual tablet",
        "oral": "by mouth",
        "sublingual": "under the tongue",
        "intravenous": "into a vein",
        "subcutaneous": "under the skin",
        "diacetylmorphine": "heroin",
        "unknown": "not recorded",
        "nurse": "You can: write why",
        "doctor": "The doctor can, by a decision",
        "nobody": "Cannot be lifted; the way on stands here",
        "none_needed": "For information",
        "unconfirmed": "not confirmed",
        "breaths_per_minute": "a minute",
        "ml_per_minute": "ml/min",
        "poss": "POSS",
        "cows": "COWS",
        "count": "in number",
        "factor": "times",
        "substances": "the list of medicines",
    },
}
_RULE_SOURCES = {rule.id: rule.source for rule in (*RULES, *PRESCRIBING_RULES)}


@dataclass(frozen=True, slots=True)
class Text:
    """A finding in words. ``line`` first; ``source`` says where the rule and its numbers stand.

    ``passes_when`` says what would make the rule silent, or who may decide otherwise; ``asks`` what
    a nurse has to write where that is something else than why.
    """

    line: str
    why: str
    way_on: str
    way_on_text: str
    lifted_by: str
    source: str
    passes_when: str
    asks: str | None = None


@lru_cache(maxsize=1)
def texts() -> dict[str, Any]:
    """The texts as written. The file belongs to the wheel; a broken one stops the start."""
    return tomllib.loads(TEXTS.read_text(encoding="utf-8"))


def finding_text(
    finding: Finding,
    language: Language,
    *,
    units: Mapping[int, str] | None = None,
    zone: str = HOME_ZONE,
) -> Text:
    """The words for one finding. ``units`` names units by id; moments are told in ``zone``."""
    entry = texts()["rules"][finding.rule_id][language]
    way = texts()["ways"][finding.way_on][language]
    fill = _Values(finding, language, units or {}, zone)
    line = entry["line"]
    if "unknown" in entry and any(
        finding.facts.get(name, 0) is None for name in placeholders(line)
    ):
        line = entry["unknown"]
    return Text(
        line=_capital(line.format_map(fill)),
        why=entry["why"].format_map(fill),
        way_on=way["button"],
        way_on_text=way["text"],
        lifted_by=_lifted_by(finding, language),
        source=_source(finding, language),
        passes_when=entry["passes_when"].format_map(fill),
        asks=entry.get("asks"),
    )


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]


def placeholders(text: str) -> set[str]:
    """The names a text asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def day_text(day: date, language: Language) -> str:
    """``tir 24. nov`` or ``Tue 24 Nov``."""
    weekday, month = _WEEKDAYS[language][day.weekday()], _MONTHS[language][day.month - 1]
    return f"{weekday} {day.day}{'.' if language == 'da' else ''} {month}"


def _word(word: str, language: Language) -> str:
    return _WORDS[language].get(word, word)


def _lifted_by(finding: Finding, language: Language) -> str:
    if finding.severity.word == "inform":
        return _word("none_needed", language)
    return _word(finding.liftable_by or "nobody", language)


def _source(finding: Finding, language: Language) -> str:
    parts = [_RULE_SOURCES[finding.rule_id]]
    for limit in finding.limits:
        doubt = "" if limit.confirmed else f" ({_word('unconfirmed', language)})"
        # In a sentence the words around a bare number say what it counts; here they are missing.
        bare = limit.unit in _WORDS["en"]
        unit = f" {_word(limit.unit, language)}" if bare else ""
        parts.append(f"{limit_text(limit, language)}{unit}: {limit.source}{doubt}")
    return " · ".join(parts)


def limit_text(limit: Limit, language: Language) -> str:
    """A number of the book with its unit, as a person reads it."""
    comma = language == "da"
    value = limit.value
    if isinstance(value, (bool, str)):
        return _word({True: "yes", False: "no"}.get(value, str(value)), language)
    if limit.unit == "ug":
        return f"{mg_text(value, comma=comma)} mg"
    if limit.unit == "ul":
        return f"{ml_text(value, comma=comma)} ml"
    if limit.unit == "permille_milli":
        return f"{mg_text(value, comma=comma)} ‰"
    if limit.unit == "minutes":
        return _minutes(value, language)
    if limit.unit in ("days", "months"):
        unit = limit.unit.removesuffix("s") if value == 1 else limit.unit
        return f"{value} {_word(unit, language)}"
    if limit.unit in ("ms", "percent"):
        return f"{value} {'%' if limit.unit == 'percent' else 'ms'}"
    return str(value)


def _minutes(minutes: int, language: Language) -> str:
    hours, rest = divmod(max(minutes, 0), 60)
    if not hours:
        return f"{rest} min"
    if not rest:
        return f"{hours} {_word('hours' if hours > 1 else 'hour', language)}"
    return f"{hours} {_word('h', language)} {rest} min"


def _days(days: list[date], language: Language) -> str:
    """At most three days by name; a longer list ends in how many more there are."""
    named = ", ".join(day_text(day, language) for day in days[:_DAYS_NAMED])
    more = len(days) - _DAYS_NAMED
    return f"{named} + {more}" if more > 0 else named


class _Values(dict[str, str]):
    """The finding's facts and limits as text, looked up by the name in a placeholder."""

    def __init__(
        self, finding: Finding, language: Language, units: Mapping[int, str], zone: str
    ) -> None:
        super().__init__()
        self._language: Language = language
        self._units = units
        self._zone = zone
        for limit in finding.limits:
            self[limit.name] = limit_text(limit, language)
        if finding.limits:
            self["limit"] = limit_text(finding.limits[0], language)
        for name, value in finding.facts.items():
            per = finding.facts.get(name.replace("strength_ug", "per"))
            self[name] = self._fact(name, value, "/ml" if per != "unit" else "")

    def __missing__(self, name: str) -> str:
        return _word("unknown", self._language)

    def _fact(self, name: str, value: Any, per: str) -> str:
        language = self._language
        if value is None:
            return _word("unknown", language)
        if isinstance(value, bool):
            return _word("yes" if value else "no", language)
        if isinstance(value, list):
            return _days([date.fromisoformat(day) for day in value], language)
        if isinstance(value, int):
            return self._number(name, value, per)
        if name in _OFTEN_LONG_AGO:
            on = date.fromisoformat(value)
            dot = "." if language == "da" else ""
            return f"{on.day}{dot} {_MONTHS[language][on.month - 1]} {on.year}"
        if name.endswith("_on"):
            return day_text(date.fromisoformat(value), language)
        if name.endswith("_at"):
            return self._moment(value)
        return _word(value, language)

    def _number(self, name: str, value: int, per: str) -> str:
        comma = self._language == "da"
        if name.endswith("unit_id"):
            return self._units.get(value) or f"{_word('unit', self._language)} {value}"
        if name.endswith("strength_ug"):
            return f"{mg_text(max(value, 0), comma=comma)} mg{per}"
        if name.endswith("_ug"):
            return f"{mg_text(max(value, 0), comma=comma)} mg"
        if name.endswith("permille_milli"):
            return f"{mg_text(max(value, 0), comma=comma)} ‰"
        if name == "passed_minutes":
            return _minutes(value, self._language)
        return str(value)

    def _moment(self, value: str) -> str:
        at = datetime.fromisoformat(value).astimezone(zone_named(self._zone))
        return f"{day_text(at.date(), self._language)} {at:%H:%M}"
