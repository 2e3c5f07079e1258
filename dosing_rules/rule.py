"""What a rule is: one function, one question, and the objection it may raise.

A rule takes ``(request, patient, book)`` and returns an ``Objection`` or ``None``. The objection
carries the facts that were compared and the names of the book's numbers; words come later, from
one text per rule id. The decorator registers nothing: ``rules/__init__.py`` lists every rule.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from dosing_rules.facts import Patient, Request
from dosing_rules.rulebook import RuleBook
from dosing_rules.verdict import FactValue, LiftableBy, Severity

# What a rule found, before it is joined with the book's numbers into a ``Finding``: how severe, the
# facts compared, the names of the numbers, who can lift it, and the way on.
Objection = tuple[Severity, dict[str, FactValue], tuple[str, ...], LiftableBy | None, str]

Only = Literal[
    "methadone",
    "buprenorphine",
    "diacetylmorphine",
    "depot",
    "depot_before",
    "take_home",
    "look",
    "bottle",
    "taken",
    "more",
    "without",
    "off_order",
    "watched",
    "night",
    "irregular",
    "raised",
]
# What a rule is asked about: a request at the counter, or a change a prescriber writes.
Asked = TypeVar("Asked")
Ask = Callable[[Request, Patient, RuleBook], Objection | None]


class Rule(NamedTuple, Generic[Asked]):
    """A rule with its permanent id, the question it asks, and where the question comes from.

    ``only`` says where it can object at all: with an order of one substance or form, or in a
    situation (``take_home`` something is to go home, ``look`` more was seen than "not affected",
    ``bottle`` another product than the ordered one is in the hand, ``taken`` something is claimed
    from the first day asked for on, or unsettled, ``more`` facts beyond the everyday ones are
    recorded or the book asks for them, ``depot_before`` a depot was or may have been given,
    ``without`` the book counts a day without a dose, ``off_order`` some amount or part is not an
    ordered one, ``watched`` pregnancy, vomiting, an indkald or sedatives are recorded or unknown,
    ``night`` a dose for the night is ordered or had, ``irregular`` something about the request, the
    order or the place is not as on any ordinary day (``dosing_rules.regular``), ``raised`` the dose
    was changed lately or nobody knows). It saves the call elsewhere; the rule's own
    guards say the same, and a test asks every rule both ways.
    """

    id: str
    asks: str
    source: str
    ask: Callable[[Asked, Patient, RuleBook], Objection | None]
    only: Only | None = None

    def may_object(self, situation: Collection[str]) -> bool:
        """Whether the rule has to be asked where these words describe the order and request."""
        return self.only is None or self.only in situation


def rule(
    *, id: str, asks: str, source: str, only: Only | None = None
) -> Callable[[Callable[[Asked, Patient, RuleBook], Objection | None]], Rule[Asked]]:
    """Turn a function into a ``Rule``. Ids are for ever: records refer to them."""

    def wrap(ask: Callable[[Asked, Patient, RuleBook], Objection | None]) -> Rule[Asked]:
        return Rule(id=id, asks=asks, source=source, ask=ask, only=only)

    return wrap


# Looked up once: each look-up in an enumeration costs as much as asking a rule.
_STOP, _DOCTOR = Severity.STOP, Severity.DOCTOR
_CONFIRM, _INFORM = Severity.CONFIRM, Severity.INFORM


def stop(
    way_on: str, *, limits: tuple[str, ...] = (), lifted_by: LiftableBy | None = None, **facts: Any
) -> Objection:
    """Do not hand out. Only a stop that stands *until a doctor* names ``lifted_by="doctor"``."""
    return _STOP, _plain(facts), limits, lifted_by, way_on


def doctor(
    way_on: str = "doctor-decision", *, limits: tuple[str, ...] = (), **facts: Any
) -> Objection:
    """Not without a doctor's recorded decision."""
    return _DOCTOR, _plain(facts), limits, "doctor", way_on


def confirm(
    way_on: str = "write-reason", *, limits: tuple[str, ...] = (), **facts: Any
) -> Objection:
    """Hand out after the nurse has confirmed in writing."""
    return _CONFIRM, _plain(facts), limits, "nurse", way_on


def ask_prescriber(*, limits: tuple[str, ...] = (), **facts: Any) -> Objection:
    """Write it after the prescriber has put down why: the prescriber's own confirmation."""
    return _CONFIRM, _plain(facts), limits, "doctor", "write-reason"


def inform(way_on: str = "carry-on", *, limits: tuple[str, ...] = (), **facts: Any) -> Objection:
    """Say it; nothing needs lifting."""
    return _INFORM, _plain(facts), limits, None, way_on


_PLAIN = frozenset({int, str, bool, type(None)})
_DAYS = frozenset({date, datetime})


def _plain(facts: dict[str, Any]) -> dict[str, FactValue]:
    for name, value in facts.items():
        if type(value) in _PLAIN:
            continue
        facts[name] = value.isoformat() if type(value) in _DAYS else _plain_value(value)
    return facts


def _plain_value(value: Any) -> FactValue:
    if isinstance(value, Iterable):
        days: Iterable[date] = value  # type: ignore[reportUnknownVariableType]
        return [day.isoformat() for day in sorted(days)]
    raise TypeError(f"a finding cannot carry {type(value).__name__}")
