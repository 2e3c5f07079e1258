"""The Danish set written out a second time, from the text alone, slowly and literally.

Nothing here is taken from ``dosing_rules``: facts are plain dicts as JSON holds them, days are
ISO texts on a calendar counted out by hand, numbers are read from the rule book's file directly.
``findings`` answers with what the core must answer too.
"""

from tests.reference import (
    amounts,
    counter,
    medicines,
    night,
    person,
    record,
    titrating,
    watching,
)
from tests.reference.asking import RULES, Facts

__all__ = [
    "RULES",
    "amounts",
    "counter",
    "findings",
    "medicines",
    "night",
    "person",
    "record",
    "titrating",
    "watching",
]


def findings(request: Facts, patient: Facts) -> set[tuple[str, str]]:
    """Every objection as (rule id, severity word)."""
    patient = night.in_front(request, patient)
    said = {(rule_id, rule(request, patient)) for rule_id, rule in RULES.items()}
    return {(rule_id, severity) for rule_id, severity in said if severity is not None}
