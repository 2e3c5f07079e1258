"""Reads the spec tables: one section per rule, one row per case, the last column the answer.

::

    ## rule-id
    # what the reader should know
    base: take-home
    column | column | verdict
    -------+--------+--------
    cell   |        | stop

``verdict`` is what this one rule answers (``allow``: it says nothing). ``base`` may change
between tables of one section; it is the standard patient when it is not given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TABLES = Path(__file__).with_name("tables")
PRESCRIBING_TABLES = Path(__file__).with_name("prescribing_tables")


@dataclass(frozen=True)
class Case:
    """One row: which rule, on which base patient, the cells that are filled, the answer."""

    rule_id: str
    base: str
    cells: tuple[tuple[str, str], ...]
    verdict: str
    place: str
    table: str

    @property
    def id(self) -> str:
        """How a failing row is named."""
        facts = ", ".join(f"{column}={text}" for column, text in self.cells)
        return f"{self.rule_id} [{self.base}: {facts}]"


def sections(tables: Path = TABLES) -> Iterator[tuple[str, str]]:
    """Every rule id with the text of its section, in the order of the files."""
    for _, rule_id, body in _sections(tables):
        yield rule_id, body


def _sections(tables: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted(tables.glob("*.txt")):
        for section in f"\n{path.read_text(encoding='utf-8')}".split("\n## ")[1:]:
            rule_id, _, body = section.partition("\n")
            yield path.stem, rule_id.strip(), body.strip("\n")


def cases(tables: Path = TABLES) -> Iterator[Case]:
    """Every row of every table."""
    for table, rule_id, body in _sections(tables):
        yield from _rows(table, rule_id, body)


def _rows(table: str, rule_id: str, body: str) -> Iterator[Case]:
    base, columns = "standard", list[str]()
    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            columns = [] if not line.strip() else columns
        elif line.startswith("base:"):
            base, columns = line.partition(":")[2].strip(), []
        elif set(line.strip()) <= set("-+"):
            continue
        else:
            cells = [cell.strip() for cell in line.split("|")]
            if not columns:
                columns = cells
                assert columns[-1] == "verdict", f"{rule_id}: the last column is the verdict"
                continue
            assert len(cells) == len(columns), f"{rule_id}, line {number}: {line}"
            place = f"{rule_id}:{number}"
            filled = [(c, t) for c, t in zip(columns[:-1], cells[:-1], strict=True) if t]
            yield Case(rule_id, base, tuple(filled), cells[-1], place, table)
