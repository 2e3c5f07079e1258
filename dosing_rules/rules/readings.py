"""Further readings at the counter: oxygen, pupils, withdrawal.

Untaken, they say nothing; but before the first buprenorphine withdrawal is looked for.
"""

from dosing_rules.facts import Patient, Request
from dosing_rules.plausible import MOST_COWS, MOST_PERCENT
from dosing_rules.rule import Objection, confirm, doctor, inform, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="low-oxygen",
    asks="Is the measured oxygen saturation too low?",
    source="CT-05",
    only="look",
)
def low_oxygen(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    percent = request.observed.oxygen_percent
    if percent is None or book.oxygen_confirm_percent <= percent <= MOST_PERCENT:
        return None
    if percent > MOST_PERCENT or percent < book.oxygen_stop_percent:
        return stop("emergency", limits=("oxygen_stop_percent",), oxygen_percent=percent)
    return confirm(limits=("oxygen_confirm_percent",), oxygen_percent=percent)


@rule(
    id="pinpoint-and-drowsy",
    asks="Are the pupils pinpoint in a person who is drowsy?",
    source="CT-05 pinpoint and drowsy together",
    only="look",
)
def pinpoint_and_drowsy(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    seen = request.observed
    if not seen.pupils_pinpoint:
        return None
    poss = seen.sedation_poss
    if poss is not None and 0 <= poss < book.sedation_sign_poss:
        return None
    return stop("emergency", limits=("sedation_sign_poss",), poss=poss)


@rule(
    id="withdrawal-marked",
    asks="Does the person show marked withdrawal?",
    source="CT-07: the dose may be too low, or doses were missed",
    only="look",
)
def withdrawal_marked(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    cows = request.observed.withdrawal_cows
    if cows is None or 0 <= cows < book.withdrawal_marked_cows:
        return None
    return inform("book-doctor", limits=("withdrawal_marked_cows",), cows=cows)


@rule(
    id="withdrawal-not-yet",
    asks="Is withdrawal visible before the first buprenorphine?",
    source="SP-10, SP-03: buprenorphine too early throws a person into withdrawal",
    only="buprenorphine",
)
def withdrawal_not_yet(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    order = patient.prescription
    if order is None or order.product.substance != "buprenorphine" or not request.doses:
        return None
    if patient.last_swallowed_substance == "buprenorphine":
        return None
    cows, limits = request.observed.withdrawal_cows, ("withdrawal_first_buprenorphine_cows",)
    if cows is None:
        return doctor("measure-withdrawal", limits=limits, cows=None)
    if book.withdrawal_first_buprenorphine_cows <= cows <= MOST_COWS:
        return None
    return stop("wait-until", limits=limits, lifted_by="doctor", cows=cows)
