"""Has a doctor looked at the treatment lately?"""

from dosing_rules.days import within_months
from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, confirm, inform, rule
from dosing_rules.rulebook import RuleBook


@rule(
    id="review-overdue",
    asks="How long ago did a doctor review the treatment?",
    source="DK-14",
)
def review_overdue(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    reviewed_on = patient.reviewed_on
    if reviewed_on is None or reviewed_on > request.on:
        return confirm("book-doctor", limits=("review_confirm_months",), reviewed_on=None)
    if within_months(reviewed_on, book.review_inform_months, request.on):
        return None
    if within_months(reviewed_on, book.review_confirm_months, request.on):
        return inform("book-doctor", limits=("review_inform_months",), reviewed_on=reviewed_on)
    return confirm("book-doctor", limits=("review_confirm_months",), reviewed_on=reviewed_on)
