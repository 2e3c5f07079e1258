"""May this be handed to this person now? Facts in, verdict out; no clock, database or chance."""

from dosing_rules.change import Change, Prescriber, SedativeChange
from dosing_rules.check import check_dispensing, check_observed
from dosing_rules.facts import (
    NO_DEPOT,
    NO_INDKALD,
    NO_MEASURE,
    ArrangedAhead,
    Arrangement,
    Claim,
    Depot,
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
from dosing_rules.medicines import Medicine
from dosing_rules.prescribing import PRESCRIBING_RULES, check_prescription
from dosing_rules.recorded import Health, HomeSafety, Loss, Session
from dosing_rules.rulebook import RuleBook, load_book
from dosing_rules.rules import RULES
from dosing_rules.verdict import Finding, Limit, Severity, Verdict

__all__ = [
    "NO_DEPOT",
    "NO_INDKALD",
    "NO_MEASURE",
    "PRESCRIBING_RULES",
    "RULES",
    "ArrangedAhead",
    "Arrangement",
    "Change",
    "Claim",
    "Depot",
    "DoseAsked",
    "DoseStep",
    "Finding",
    "Health",
    "HomeSafety",
    "Indkald",
    "Limit",
    "Loss",
    "Medicine",
    "Observed",
    "Patient",
    "Prescriber",
    "Prescription",
    "Product",
    "Request",
    "RuleBook",
    "SedativeChange",
    "Sedatives",
    "Session",
    "Severity",
    "TakeHomeException",
    "Unit",
    "Verdict",
    "Vomit",
    "check_dispensing",
    "check_observed",
    "check_prescription",
    "load_book",
]
