"""The checks of a prescriber's draft written out a second time, from the text alone.

Like the rest of ``tests.reference``: facts are plain dicts, days counted out by hand, numbers read
from the file again, nothing shared with ``dosing_rules``. Written before its author had read a rule
of ``dosing_rules.prescribing_rules``.
"""

from tests.reference.night import at_night
from tests.reference.prescribing import beside, course, kinds, night, order, sedative, switching
from tests.reference.prescribing.asking import RULES, Facts

__all__ = [
    "RULES",
    "beside",
    "course",
    "findings",
    "kinds",
    "night",
    "order",
    "sedative",
    "switching",
]


def findings(change: Facts, patient: Facts) -> set[tuple[str, str]]:
    """Every objection as (rule id, severity word)."""
    if change["new"] is not None and change["new"]["night"]:
        patient = at_night(patient)
    said = {(rule_id, rule(change, patient)) for rule_id, rule in RULES.items()}
    return {(rule_id, severity) for rule_id, severity in said if severity is not None}
