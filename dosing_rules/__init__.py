"""May this be handed to this person now? Facts in, verdict out; no clock, database or chance."""

from dosing_rules.check import check_dispensing
from dosing_rules.facts import (
    NO_INDKALD,
    NO_MEASURE,
    Arrangement,
    Claim,
    DoseAsked,
    DoseStep,
    Indkald,
    Observed,
    Patient,
    Prescription,
    Product,
    Request,
    Sedatives,
    TakeHomeException,
    Unit,
    Vomit,
)
from dosing_rules.rulebook import RuleBook, load_book
from dosing_rules.rules import RULES
from dosing_rules.verdict import Finding, Limit, Severity, Verdict

__all__ = [
    "NO_INDKALD",
    "NO_MEASURE",
    "RULES",
    "Arrangement",
    "Claim",
    "DoseAsked",
    "DoseStep",
    "Finding",
    "Indkald",
    "Limit",
    "Observed",
    "Patient",
    "Prescription",
    "Product",
    "Request",
    "RuleBook",
    "Sedatives",
    "Severity",
    "TakeHomeException",
    "Unit",
    "Verdict",
    "Vomit",
    "check_dispensing",
    "load_book",
]
