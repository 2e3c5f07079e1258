"""The other question: may this be written as it stands, and if not, why, and what would do?"""

from dosing_rules.change import Change
from dosing_rules.check import verdict_of
from dosing_rules.facts import Patient
from dosing_rules.prescribing_rules import PRESCRIBING_RULES
from dosing_rules.rule import Objection
from dosing_rules.rulebook import RuleBook
from dosing_rules.verdict import ALLOWED, Verdict

__all__ = ["PRESCRIBING_RULES", "check_prescription"]


def check_prescription(change: Change, patient: Patient, book: RuleBook) -> Verdict:
    """Ask every prescribing rule and answer with all findings, most severe first.

    Pure, like ``check_dispensing``. *Confirm* and *doctor* are lifted by the prescriber's written
    reason, and so is a *stop* that names the doctor; other stops are not written at all. A rule
    that fails raises, and nothing is written. A draft for the night is held against what was
    ordered and had for the night, with the main order beside it.
    """
    if change.new is not None and change.new.night:
        patient = patient.for_night()
    raised: list[tuple[str, Objection]] = []
    for rule in PRESCRIBING_RULES:
        objection = rule.ask(change, patient, book)
        if objection is not None:
            raised.append((rule.id, objection))
    return verdict_of(raised, book) if raised else ALLOWED
