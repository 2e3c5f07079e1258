"""Scenarios in, verdicts out: the rules alone, no database, in the words of the API.

A scenario is a JSON object ``{"request": {...}, "patient": {...}}`` with the facts of
``dosing_rules.facts`` by their names, optionally ``"book"`` (an id) and ``"name"``. One a line; or
spread over lines that begin with a lone ``{`` and end with a lone ``}``, as in a file a person
reads. What is not understood is answered with an ``error`` and its line, and the rest goes on.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from dosing_rules import Patient, Request, check_dispensing, load_book
from dosing_rules.rulebook import RuleBookError

DEFAULT_BOOK = "dk-crk-2026"
LONGEST_SCENARIO = 1_000_000
_Facts = TypeVar("_Facts")
_KEYS = {"name", "story", "expect", "book", "request", "patient"}


class ScenarioError(ValueError):
    """The scenario cannot be asked; the message says where, and repeats no value of it."""


def run(lines: Iterable[str]) -> Iterator[str]:
    """One JSON answer per scenario, in order."""
    for answer, _ in answer_lines(lines):
        yield answer


def answer_lines(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each answer with whether the scenario was understood."""
    for number, text in _scenarios(lines):
        try:
            answer = {"line": number, **_answer(text)}
            understood = True
        except ScenarioError as error:
            answer, understood = {"line": number, "error": str(error)}, False
        yield json.dumps(answer, ensure_ascii=False), understood


def _scenarios(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The text of each scenario with the number of its first line; blank lines are skipped."""
    spread: list[str] = []
    started = 0
    for number, line in enumerate(lines, start=1):
        bare = line.rstrip("\r\n\t ")
        if spread:
            spread.append(line)
            if bare == "}":
                yield started, "".join(spread)
                spread = []
        elif bare == "{":
            spread, started = [line], number
        elif bare.strip():
            yield number, line
    if spread:
        yield started, "".join(spread)


def _answer(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_SCENARIO:
        raise ScenarioError("the scenario is longer than a million characters")
    raw = _object(text)
    request = _facts(raw, "request", Request)
    patient = _facts(raw, "patient", Patient)
    book_id = raw.get("book", DEFAULT_BOOK)
    try:
        book = load_book(book_id if isinstance(book_id, str) else "")
    except RuleBookError as error:
        raise ScenarioError(str(error)) from None
    try:
        verdict = check_dispensing(request, patient, book)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        raise ScenarioError("the facts cannot be judged together") from None
    name = {"name": raw["name"]} if isinstance(raw.get("name"), str) else {}
    return {**name, "book": book.id, "book_sha256": book.sha256, "verdict": verdict.as_dict()}


def _object(text: str) -> dict[str, Any]:
    try:
        raw = msgspec.json.decode(text.encode("utf-8"))
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise ScenarioError(f"not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise ScenarioError("a scenario is an object with request and patient")
    if unknown := sorted(set(raw) - _KEYS):
        raise ScenarioError(f"unknown: {', '.join(unknown)[:200]}")
    return raw


def _facts(raw: dict[str, Any], key: str, kind: type[_Facts]) -> _Facts:
    if key not in raw:
        raise ScenarioError(f"{key} is missing")
    try:
        value = msgspec.convert(raw[key], kind)
    except (msgspec.ValidationError, OverflowError) as error:
        raise ScenarioError(f"{key}: {error}") from None
    _only_known(raw[key], value, key)
    _aware(value, key)
    return value


def _only_known(raw: Any, value: Any, where: str) -> None:
    """A misspelt fact would count as not recorded; it is an error instead."""
    if is_dataclass(value) and isinstance(raw, dict):
        known = {field.name for field in fields(value) if field.init}
        if unknown := sorted(set(raw) - known):
            raise ScenarioError(f"{where}: unknown fact {', '.join(unknown)[:200]}")
        for name, inner in raw.items():
            _only_known(inner, getattr(value, name), f"{where}.{name}")
    elif isinstance(raw, list) and isinstance(value, tuple):
        for inner_raw, inner in zip(raw, value, strict=True):
            _only_known(inner_raw, inner, where)


def _aware(value: Any, where: str) -> None:
    """Every moment needs its zone: without it, hours between doses cannot be counted."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ScenarioError(f"{where}: a moment needs its zone, as in 2026-11-24T07:30:00Z")
    if isinstance(value, tuple):
        for inner in value:
            _aware(inner, where)
    elif is_dataclass(value):
        for field in fields(value):
            if field.init:
                _aware(getattr(value, field.name), f"{where}.{field.name}")
