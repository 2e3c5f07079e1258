"""What the nurse sees now."""

from dosing_rules.facts import Patient, Request
from dosing_rules.plausible import MOST_BREATHS_PER_MINUTE
from dosing_rules.rule import Objection, confirm, doctor, rule, stop
from dosing_rules.rulebook import RuleBook


@rule(
    id="not-assessed",
    asks="Did anyone look whether the person is affected?",
    source="AU-03 before every dose; CT-04",
    only="look",
)
def not_assessed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if request.observed.affected is not None:
        return None
    return stop("observe-first")


@rule(
    id="affected-now",
    asks="Is the person affected now?",
    source="UK-08, AU-04; Danish start set: no hand-out when intoxicated",
    only="look",
)
def affected_now(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if not request.observed.affected:
        return None
    return stop("come-back-later")


@rule(
    id="observation-declined",
    asks="Did the person decline to be looked at?",
    source="AU-03; a declined observation is the doctor's question",
    only="look",
)
def observation_declined(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if request.observed.declined is False:
        return None
    return doctor(declined=request.observed.declined)


@rule(
    id="sedated",
    asks="Is the measured sedation too deep?",
    source="CT-04 Pasero scale",
    only="look",
)
def sedated(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    poss = request.observed.sedation_poss
    if poss is None or 0 <= poss < book.sedation_stop_poss:
        return None
    if poss >= book.sedation_emergency_poss:
        return stop(
            "emergency", limits=("sedation_emergency_poss", "sedation_stop_poss"), poss=poss
        )
    limits = ("sedation_stop_poss", "sedation_emergency_poss")
    return stop("come-back-later", limits=limits, poss=poss)


@rule(
    id="slow-breathing",
    asks="Is the counted breathing too slow?",
    source="CT-05",
    only="look",
)
def slow_breathing(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    breaths = request.observed.breaths_per_minute
    if breaths is None:
        return None
    if book.breathing_confirm_breaths_per_minute <= breaths <= MOST_BREATHS_PER_MINUTE:
        return None
    if breaths > MOST_BREATHS_PER_MINUTE or breaths < book.breathing_stop_breaths_per_minute:
        return stop("emergency", limits=("breathing_stop_breaths_per_minute",), breaths=breaths)
    return confirm(limits=("breathing_confirm_breaths_per_minute",), breaths=breaths)


@rule(
    id="alcohol",
    asks="Is there too much alcohol on the breath?",
    source="CT-06",
    only="look",
)
def alcohol(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    milli = request.observed.alcohol_permille_milli
    if milli is None or 0 <= milli < book.alcohol_doctor_permille_milli:
        return None
    if milli < 0 or milli >= book.alcohol_stop_permille_milli:
        return stop(
            "come-back-later",
            limits=("alcohol_stop_permille_milli",),
            alcohol_permille_milli=milli,
        )
    return doctor(limits=("alcohol_doctor_permille_milli",), alcohol_permille_milli=milli)
