"""Everything that keeps a file from being a rule book, with number and line: for who writes one."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dosing_rules.book_numbers import RuleBookError, limit_of
from dosing_rules.book_tables import rows_of
from dosing_rules.rulebook import packaged_book, parse_book

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: the line it is about (1 where the whole file is meant) and what is wrong."""

    line: int
    message: str


def problems(content: bytes, packaged: Callable[[str], bytes] = packaged_book) -> list[Problem]:
    """Every error of a book's file, by line; none when the file can serve."""
    try:
        parse_book(content, packaged)
    except RuleBookError as error:
        first = str(error)
    else:
        return []
    try:
        text = content.decode("utf-8")
        table = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        at = re.search(r"at line (\d+)", first)
        return [Problem(int(at[1]) if at else 1, first)]
    found = {message: _line(text, message) for message in first.split("; ")}
    numbers = table.get("numbers")
    if isinstance(numbers, dict):
        found |= _of_numbers(text, numbers)  # type: ignore[reportUnknownArgumentType]
    found |= _of_rows(text, table)
    return sorted([Problem(line, message) for message, line in found.items()], key=_by_line)


def _by_line(problem: Problem) -> tuple[int, str]:
    return problem.line, problem.message


def _of_numbers(text: str, numbers: Mapping[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, entry in numbers.items():
        try:
            limit_of(name, entry)
        except RuleBookError as error:
            found[str(error)] = _line(text, name)
    return found


def _of_rows(text: str, table: Mapping[str, Any]) -> dict[str, int]:
    """Each row asked alone, so that one does not hide the next."""
    found: dict[str, int] = {}
    for where, heads, row in _single_rows(table):
        try:
            rows_of(row)
        except RuleBookError as error:
            starts = [match.start() for match in re.finditer(re.escape(f"[[{where}]]"), text)]
            start = starts[heads] if heads < len(starts) else 0
            line = text.count("\n", 0, start) + 1
            found[f"{error} ({where}, row {heads + 1})"] = line
    return found


def _single_rows(table: Mapping[str, Any]) -> list[tuple[str, int, dict[str, Any]]]:
    single: list[tuple[str, int, dict[str, Any]]] = []
    for kind in ("missed", "restart"):
        by_substance: Any = table.get(kind)
        for substance, rows in by_substance.items() if isinstance(by_substance, dict) else ():  # type: ignore[reportUnknownVariableType]
            for at, row in enumerate(rows if isinstance(rows, list) else ()):  # type: ignore[reportUnknownArgumentType]
                single.append((f"{kind}.{substance}", at, {kind: {substance: [row]}}))
    for kind in ("take_home", "first_depot"):
        rows = table.get(kind)
        for at, row in enumerate(rows if isinstance(rows, list) else ()):  # type: ignore[reportUnknownArgumentType]
            single.append((kind, at, {kind: [row]}))
    return single


def _line(text: str, message: str) -> int:
    """The line of the first number or key that a message names."""
    for name in _NAME.findall(message):
        for written in (f"[numbers.{name}]", f"{name} ="):
            if written in text:
                return text.count("\n", 0, text.index(written)) + 1
    return 1
