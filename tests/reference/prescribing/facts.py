"""Between a draft's plain facts and the values the core is asked with."""

from dosing_rules import Change, Prescriber, SedativeChange
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
            "sedative": None
            if sedative is None
            else SedativeChange(**sedative | {"last_step_on": facts.day(sedative["last_step_on"])}),
        }
    )
