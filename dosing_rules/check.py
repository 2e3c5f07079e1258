"""The one question: may this be handed to this person now, and if not, why, and who can lift it?"""

from collections.abc import Sequence
from functools import cache
from operator import attrgetter

from dosing_rules.facts import Patient, Prescription, Request
from dosing_rules.gap import days_without
from dosing_rules.regular import is_regular
from dosing_rules.rule import Ask, Objection, Only, Rule
from dosing_rules.rulebook import RuleBook
from dosing_rules.rules import RULES, observed, readings
from dosing_rules.verdict import ALLOWED, Finding, Verdict

READINGS: tuple[Rule[Request], ...] = (
    observed.sedated,
    observed.slow_breathing,
    readings.low_oxygen,
    readings.pinpoint_and_drowsy,
)

_Asked = tuple[tuple[Ask, str], ...]

_ALL: _Asked = tuple([(rule.ask, rule.id) for rule in RULES])
_severity = attrgetter("severity")


#: What describes a request and the order it is of, whatever the book: the two words of the order,
#: and whether each of ``_SITUATION`` holds.
_Situation = tuple[str, str, bool, bool, bool, bool, bool, bool, bool, bool, bool, bool]
_SITUATION: tuple[Only, ...] = (
    "take_home",
    "look",
    "bottle",
    "taken",
    "off_order",
    "watched",
    "depot_before",
    "night",
    "irregular",
    "raised",
)


@cache
def _asked_for(situation: _Situation, more: bool, without: bool) -> _Asked:
    """The rules that can object to such an order and request, in display order."""
    substance, form, *holding = situation
    named = dict(zip(_SITUATION, holding, strict=True)) | {"more": more, "without": without}
    words = {substance, form, *[name for name, holds in named.items() if holds]}
    return tuple([(rule.ask, rule.id) for rule in RULES if rule.may_object(words)])


def check_dispensing(request: Request, patient: Patient, book: RuleBook) -> Verdict:
    """Ask every rule, never stopping at the first, and answer with all findings.

    Pure: the same facts and book give the same verdict. A rule that fails raises, and the caller
    hands nothing out; there is no path from an error to ``allow``. Of two orders the one is asked
    about that the doses are of.
    """
    patient = patient.asked_of(request.doses)
    return _checked(request, patient, book, _situation(request, patient))


def check_under_both(
    request: Request, patient: Patient, one: RuleBook, other: RuleBook
) -> tuple[Verdict, Verdict]:
    """The same check under two books; what describes the request is found out once."""
    patient = patient.asked_of(request.doses)
    situation = _situation(request, patient)
    return (
        _checked(request, patient, one, situation),
        _checked(request, patient, other, situation),
    )


def _situation(request: Request, patient: Patient) -> _Situation | None:
    """What describes the request; ``None`` without an order, when every rule is asked."""
    order = patient.prescription
    if order is None:
        return None
    product = order.product
    return (
        product.substance,
        product.form,
        bool(request.take_home),
        not request.seen_well,
        request.product is not product and request.product != product,
        patient.claims is None
        or bool(patient.unsettled_claims)
        or patient.last_claim_on >= request.first_day,
        _is_off_order(request, order),
        patient.watched,
        patient.depot_before,
        patient.night,
        not is_regular(request, patient, order),
        patient.steps is None or bool(patient.steps),
    )


def _checked(
    request: Request, patient: Patient, book: RuleBook, situation: _Situation | None
) -> Verdict:
    if situation is None:
        asked = _ALL
    else:
        more = patient.more_recorded or book.requires_more
        asked = _asked_for(situation, more, _may_be_without(request, patient, book))
    # A plain loop: in a comprehension each of the three arguments would be a closure's cell.
    raised: list[tuple[str, Objection]] = []
    for ask, rule_id in asked:
        objection = ask(request, patient, book)
        if objection is not None:
            raised.append((rule_id, objection))
    return verdict_of(raised, book) if raised else ALLOWED


def _may_be_without(request: Request, patient: Patient, book: RuleBook) -> bool:
    """Whether the book counts any day without a dose. Covered until yesterday is quickly seen."""
    if book.missed_days_anchor == "last_covered" and not book.missed_days_inclusive:
        last_on = patient.last_covered_on
        if last_on is not None and (request.on - last_on).days <= 1:
            return False
    return bool(days_without(request.on, patient, book))


def _is_off_order(request: Request, order: Prescription) -> bool:
    """Whether any dose asked is not, in amount and part, one that is ordered for its day."""
    for dose in order.to_weigh(request):
        if order.has_dose(dose):
            continue
        return True
    return False


def check_with(
    rules: Sequence[Rule[Request]], request: Request, patient: Patient, book: RuleBook
) -> Verdict:
    """The same check with another list of rules, for tests and comparisons."""
    patient = patient.asked_of(request.doses)
    raised = [
        (rule.id, objection)
        for rule in rules
        if (objection := rule.ask(request, patient, book)) is not None
    ]
    return verdict_of(raised, book) if raised else ALLOWED


def check_observed(request: Request, patient: Patient, book: RuleBook) -> Verdict:
    """What a look at a person under observation says: sedation, breathing, oxygen, pupils.

    The same rules and numbers as before a dose; ``request`` asks for no dose. A scale that was
    not scored is no look: without ``sedation_poss`` this raises ValueError.
    """
    if request.observed.sedation_poss is None:
        raise ValueError("a look without the sedation scale")
    return check_with(READINGS, request, patient, book)


def verdict_of(raised: Sequence[tuple[str, Objection]], book: RuleBook) -> Verdict:
    """The objections joined with the book's numbers, the most severe first."""
    numbers = book.limits
    findings = [
        Finding(
            rule_id,
            severity,
            facts,
            tuple([numbers[name] for name in names]) if names else (),
            liftable_by,
            way_on,
        )
        for rule_id, (severity, facts, names, liftable_by, way_on) in raised
    ]
    if len(findings) > 1:
        # Reversed, equals keep their order: the rules' own.
        findings.sort(key=_severity, reverse=True)
    return Verdict(findings[0].severity, tuple(findings))
