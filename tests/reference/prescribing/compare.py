"""A stretch of random drafts asked both ways, and what they sat on counted."""

from collections import Counter
from typing import Any

from dosing_rules import check_prescription, load_book
from tests.reference import facts
from tests.reference.prescribing import findings, limits, limits_switching
from tests.reference.prescribing.drafts import draft
from tests.reference.prescribing.facts import change as core_change
from tests.reference.prescribing.probing import PROBES, hits
from tests.reference.varying import values_seen

# Each of the modules adds its probes when it is read.
__all__ = ["PROBES", "core_findings", "limits", "limits_switching", "stretch"]

Plain = dict[str, Any]
BOOK = load_book("dk-crk-2026")


def core_findings(change: Plain, patient: Plain) -> set[tuple[str, str]]:
    """What the core says of the same facts."""
    said = check_prescription(core_change(change), facts.patient(patient), BOOK).findings
    return {(one.rule_id, one.severity.word) for one in said}


def stretch(first: int, last: int) -> tuple[Counter[str], list[str]]:
    """Counts over drafts ``first`` to ``last`` (not included), and every disagreement."""
    counted: Counter[str] = Counter()
    different: list[str] = []
    for number in range(first, last):
        change, patient = draft(number)
        expected = findings(change, patient)
        core = core_findings(change, patient)
        if core != expected:
            different.append(
                f"draft {number}: only the core says {sorted(core - expected)}, "
                f"only the reference {sorted(expected - core)}"
            )
        counted.update(f"said: {rule_id} {severity}" for rule_id, severity in expected)
        counted.update(f"boundary: {hit}" for hit in set(hits(change, patient)))
        if number % 4 == 0:
            counted.update(values_seen({"change": change, "patient": patient}))
    return counted, different
