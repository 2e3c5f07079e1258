"""The parts of a person's treatment, as the person's page lists them: a few lines, and a way in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from psycopg import AsyncConnection

from dispensing.treatment.deciding import Treated
from dispensing.wiring import Wiring

Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """What stands in a section, and whether it waits for somebody (``due``, ``late``)."""

    text: str
    mark: Literal["", "due", "late"] = ""
    # Said after the text, in the reader's own way of writing days.
    day: date | None = None
    # Said before it: an amount in whole micrograms.
    amount_ug: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part: its name in the reader's language, where it is decided, and what stands.

    ``href`` is empty for a reader who may not go there.
    """

    name: str
    href: str
    lines: tuple[Line, ...]


#: What an area answers: its section of one person, read in the page's own transaction.
Sections = Callable[[Wiring, AsyncConnection[Any], Treated, Say], Awaitable[Section]]
