"""The tables of a rule book: what missed days lead to, how to begin again, what may go home when.

A row names numbers of the same book, so each of its numbers has unit, source and standing like
every other. Rows: ``[[missed.<substance>]]`` (from so many days, how severe), ``[[restart.<
substance>]]`` (from so many days, the most that is safe), ``[[take_home]]`` (before such a day of
the treatment, so many days at most), ``[[first_depot]]`` (from and until so much under the tongue a
day, the first weekly and monthly depot).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from dosing_rules.book_numbers import RuleBookError
from dosing_rules.verdict import Limit, Severity

SUBSTANCES = ("methadone", "buprenorphine", "diacetylmorphine")
_SEVERITIES = {one.word: one for one in Severity if one is not Severity.ALLOW}
_WORDS = {"severity": tuple(_SEVERITIES), "only": ("titration",), "take": ("lower", "higher")}


class Band(NamedTuple):
    """From ``days`` missed in a row, so severe; ``titration``: only while the dose is being set.

    ``supervised_days``: how many days in a row must then be swallowed here; 0 when nothing is said.
    """

    days: int
    severity: Severity
    titration: bool
    supervised_days: int
    limits: tuple[str, ...]


class Ceiling(NamedTuple):
    """From ``days`` missed in a row at most ``ug``, or ``percent`` of the day's dose before them.

    Where both are given the lower counts, or the higher when the book says so. The row holds where
    that dose was above ``above_ug``; ``None`` for all.
    """

    days: int
    ug: int | None
    percent: int | None
    higher: bool
    above_ug: int | None
    limits: tuple[str, ...]

    def most_ug(self, before_ug: int) -> int:
        """The most of one day's dose, after such a one."""
        both = [self.ug] if self.ug is not None else []
        if self.percent is not None:
            both.append(before_ug * self.percent // 100)
        return max(both) if self.higher else min(both)


class TakeHome(NamedTuple):
    """Before the ``before_days``-th day of treatment (the first is 0) at most ``days`` go home."""

    before_days: int
    days: int
    limits: tuple[str, ...]


class FirstDepot(NamedTuple):
    """From ``low_ug`` until ``high_ug`` under the tongue a day: the first weekly, monthly depot.

    ``None``: the table has none. Never a ratio of substances.
    """

    low_ug: int
    high_ug: int
    weekly_ug: int | None
    monthly_ug: int | None
    limits: tuple[str, ...]


_Tables = Mapping[str, tuple[tuple[Mapping[str, Any], ...], ...]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The tables as written: rows that still name their numbers. ``None``: the book says nothing.

    Several tables of one substance all hold; the strictest answer counts.
    """

    missed: _Tables
    restart: _Tables
    take_home: tuple[Mapping[str, Any], ...] | None
    first_depot: tuple[Mapping[str, Any], ...] | None = None

    def names(self) -> set[str]:
        """Every number that a row names."""
        tables = chain(*self.missed.values(), *self.restart.values(), [self.take_home or ()])
        tables = chain(tables, [self.first_depot or ()])
        return {name for rows in tables for row in rows for name in _names(row)}

    def beside(self, default: "Rows", weak: Set[str]) -> "Rows":
        """The book's own tables; the default's where it has none, and where its own are weak."""
        home = default.take_home if self.take_home is None else self.take_home
        if Rows({}, {}, self.take_home).names() & weak:
            home = (*(home or ()), *(default.take_home or ()))
        if Rows({}, {}, None, self.first_depot).names() & weak:
            raise RuleBookError("first_depot cannot be weakly remembered: no amount is the safer")
        return Rows(
            missed=_joined(self.missed, default.missed, weak),
            restart=_joined(self.restart, default.restart, weak),
            take_home=home,
            first_depot=default.first_depot if self.first_depot is None else self.first_depot,
        )


def _joined(own: _Tables, default: _Tables, weak: Set[str]) -> _Tables:
    joined = {**default, **own}
    for substance, tables in own.items():
        if Rows({substance: tables}, {}, None).names() & weak:
            joined[substance] = (*tables, *default.get(substance, ()))
    return joined


def rows_of(table: Mapping[str, Any]) -> Rows:
    """The rows of a book's file. Raises ``RuleBookError`` for one that is not well formed."""
    return Rows(
        missed=_by_substance("missed", table, {"days", "severity"}, {"only", "supervised"}),
        restart=_by_substance("restart", table, {"days", "ceiling"}, {"take", "dose_above"}),
        take_home=_rows("take_home", table["take_home"], {"before", "days"}, set())
        if "take_home" in table
        else None,
        first_depot=_rows(
            "first_depot", table["first_depot"], {"from", "until"}, {"weekly", "monthly"}
        )
        if "first_depot" in table
        else None,
    )


def bands(rows: tuple[Mapping[str, Any], ...], limits: Mapping[str, Limit]) -> tuple[Band, ...]:
    """Missed-day rows with their numbers, the fewest days first."""
    return tuple(
        sorted(
            Band(
                days=_number(row["days"], "days", limits),
                severity=_SEVERITIES[row["severity"]],
                titration="only" in row,
                supervised_days=_number(row["supervised"], "days", limits)
                if "supervised" in row
                else 0,
                limits=_names(row),
            )
            for row in rows
        )
    )


def ceilings(
    rows: tuple[Mapping[str, Any], ...], limits: Mapping[str, Limit]
) -> tuple[Ceiling, ...]:
    """Restart rows with their numbers, in the order of the file within the same days."""
    made: list[Ceiling] = []
    for row in rows:
        amounts = {limits[name].unit: _number(name, None, limits) for name in row["ceiling"]}
        if not amounts or len(amounts) != len(row["ceiling"]) or set(amounts) - {"ug", "percent"}:
            raise RuleBookError(f"{row['days']}: a ceiling is an amount, a percentage, or both")
        made.append(
            Ceiling(
                days=_number(row["days"], "days", limits),
                ug=amounts.get("ug"),
                percent=amounts.get("percent"),
                higher=row.get("take") == "higher",
                above_ug=_number(row["dose_above"], "ug", limits) if "dose_above" in row else None,
                limits=_names(row),
            )
        )
    return tuple(sorted(made, key=lambda one: one.days))


def not_before(
    missed: tuple[tuple[Band, ...], ...], defaulted: tuple[tuple[Ceiling, ...], ...]
) -> tuple[tuple[Ceiling, ...], ...]:
    """A default's ceilings, none from fewer days than those after which the book says anything.

    A book that prints "the same dose" for so many days has answered the question for them.
    """
    first = min([band for rows in missed for band in rows if not band.titration], default=None)
    if first is None:
        return defaulted
    return tuple([tuple([_not_before(first, row) for row in rows]) for rows in defaulted])


def _not_before(first: Band, row: Ceiling) -> Ceiling:
    if row.days >= first.days:
        return row
    return row._replace(days=first.days, limits=(*first.limits[:1], *row.limits[1:]))


def supplies(
    rows: tuple[Mapping[str, Any], ...], limits: Mapping[str, Limit]
) -> tuple[TakeHome, ...]:
    """Take-home rows with their numbers, the earliest first."""
    return tuple(
        sorted(
            TakeHome(
                before_days=_number(row["before"], "days", limits),
                days=_number(row["days"], "days", limits),
                limits=_names(row),
            )
            for row in rows
        )
    )


def first_depots(
    rows: tuple[Mapping[str, Any], ...], limits: Mapping[str, Limit]
) -> tuple[FirstDepot, ...]:
    """First-depot rows with their numbers, in the order of the file."""
    return tuple(
        FirstDepot(
            low_ug=_number(row["from"], "ug", limits),
            high_ug=_number(row["until"], "ug", limits),
            weekly_ug=_number(row["weekly"], "ug", limits) if "weekly" in row else None,
            monthly_ug=_number(row["monthly"], "ug", limits) if "monthly" in row else None,
            limits=_names(row),
        )
        for row in rows
    )


_KEYS = ("days", "before", "supervised", "dose_above", "from", "until", "weekly", "monthly")


def _names(row: Mapping[str, Any]) -> tuple[str, ...]:
    named = [row[key] for key in _KEYS if key in row]
    return (*named, *row.get("ceiling", ()))


def _number(name: str, unit: str | None, limits: Mapping[str, Limit]) -> int:
    limit = limits[name]
    if type(limit.value) is not int or (unit is not None and limit.unit != unit):
        raise RuleBookError(f"{name} cannot stand in that place of a table")
    return limit.value


def _by_substance(
    kind: str, table: Mapping[str, Any], needed: set[str], allowed: set[str]
) -> _Tables:
    written = table.get(kind, {})
    if not isinstance(written, dict) or set[str](written) - set(SUBSTANCES):  # type: ignore[reportUnknownArgumentType]
        raise RuleBookError(f"{kind} needs one table per substance: {', '.join(SUBSTANCES)}")
    by_substance: dict[str, Any] = written  # type: ignore[reportUnknownVariableType]
    return {
        substance: (_rows(f"{kind}.{substance}", rows, needed, allowed),)
        for substance, rows in by_substance.items()
    }


def _rows(
    where: str, rows: Any, needed: set[str], allowed: set[str]
) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(rows, list):
        raise RuleBookError(f"{where} must be rows: [[{where}]]")
    return tuple([_row(where, row, needed, allowed) for row in rows])  # type: ignore[reportUnknownVariableType]


def _row(where: str, row: Any, needed: set[str], allowed: set[str]) -> Mapping[str, Any]:
    cells: dict[str, Any] = row if isinstance(row, dict) else {}  # type: ignore[reportUnknownVariableType]
    if not needed <= set(cells) <= needed | allowed:
        raise RuleBookError(f"a row of {where} needs {', '.join(sorted(needed))}")
    ceiling: Any = cells.get("ceiling", [])
    if not isinstance(ceiling, list) or not all([type(name) is str for name in _names(cells)]):
        raise RuleBookError(f"a row of {where} must name its numbers")
    for key, known in _WORDS.items():
        if key in cells and cells[key] not in known:
            raise RuleBookError(f"{where}: {key} must be {' or '.join(known)}")
    return cells
