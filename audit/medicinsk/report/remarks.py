"""What doctors have said to a report: comments, adjustments, last year's answered, signatures.

Values without staff ids; names are of staff, as they sign. No word of a person in treatment belongs
here: whoever writes is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Comment:
    """What a doctor says to an indicator."""

    indicator: str
    text: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is decided, who sees to it, and by when."""

    indicator: str
    what: str
    owner: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Carried:
    """An adjustment of last year with its answer; ``done`` None: not answered yet."""

    what: str
    owner: str
    due_on: date
    done: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """Whoever read or signed, with the authorisation id where there is one."""

    name: str
    on: date
    authorisation_id: str = ""


@dataclass(frozen=True, slots=True)
class Remarks:
    """All of it for one report."""

    comments: tuple[Comment, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    carried: tuple[Carried, ...] = ()
    second_reader: Signed | None = None
    signed: Signed | None = None


NONE = Remarks()
