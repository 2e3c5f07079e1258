"""Between a draft's plain facts and the values the core is asked with."""

from datetime import date

from dosing_rules import Change, DoseStep, Prescriber, SedativeChange
from tests.reference import facts
from tests.reference.facts import Plain


def change(known: Plain) -> Change:
    """The draft the core is asked with."""
    who, sedative = known["prescriber"], known["sedative"]
    return Change(
        **known
        | {
            "at": facts.moment(known["at"]),
            "on": facts.day(known["on"]),
            "new": facts.prescription(known["new"]),
            "prescriber": None
            if who is None
            else Prescriber(**who | {"approved_for": frozenset(who["approved_for"])}),
            "depot_test_at": facts.moment(known["depot_test_at"]),
            "stops_lifted": _days(known["stops_lifted"]),
            "orders_dropped": _days(known["orders_dropped"]),
            "sedative": None
            if sedative is None
            else SedativeChange(
                **sedative
                | {name: facts.day(sedative[name]) for name in ("last_step_on", "plan_on")}
                | {"steps": _steps(sedative["steps"])}
            ),
        }
    )


def _days(known: list[str] | None) -> tuple[date, ...] | None:
    return None if known is None else tuple([date.fromisoformat(day) for day in known])


def _steps(known: list[Plain] | None) -> tuple[DoseStep, ...] | None:
    if known is None:
        return None
    return tuple([DoseStep(**step | {"on": facts.day(step["on"])}) for step in known])
