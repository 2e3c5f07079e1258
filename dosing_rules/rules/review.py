"""Has a doctor looked at the treatment lately?"""

from dosing_rules.days import within_months
from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, confirm, doctor, rule
from dosing_rules.rulebook import RuleBook


@rule(
    id="review-overdue",
    asks="How long ago did a doctor review the treatment?",
    source="DK-14: written why from six months; a doctor once the longest time has passed",
)
def review_overdue(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    reviewed_on = patient.reviewed_on
    if reviewed_on is None or reviewed_on > request.on:
        return doctor("book-doctor", limits=("review_doctor_months",), reviewed_on=None)
    if within_months(reviewed_on, book.review_confirm_months, request.on):
        return None
    if within_months(reviewed_on, book.review_doctor_months, request.on):
        return confirm("book-doctor", limits=("review_confirm_months",), reviewed_on=reviewed_on)
    return doctor("book-doctor", limits=("review_doctor_months",), reviewed_on=reviewed_on)
