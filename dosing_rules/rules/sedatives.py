"""Benzodiazepines and kin beside the opioid. They inform at the counter and never block."""

from typing import Any

from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, confirm, inform, rule
from dosing_rules.rulebook import RuleBook


def _weighed(request: Request, book: RuleBook, limits: tuple[str, ...], **facts: Any) -> Objection:
    """More than information where a dose leaves the house or a sign of sedation shows."""
    poss = request.observed.sedation_poss
    if request.take_home or (poss is not None and poss >= book.sedation_sign_poss):
        return confirm(limits=limits, poss=poss, **facts)
    return inform(limits=limits, poss=poss, **facts)


@rule(
    id="benzodiazepine-load",
    asks="How large is the load of benzodiazepines, and is it known?",
    source="UK-11, start set: above 30 mg diazepam equivalents; the larger equivalent counts",
    only="watched",
)
def benzodiazepine_load(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    sedatives = patient.sedatives
    if sedatives is None:
        return _weighed(request, book, ("diazepam_load_ug",), diazepam_ug=None)
    if sedatives.diazepam_high_ug <= book.diazepam_load_ug:
        return None
    return _weighed(request, book, ("diazepam_load_ug",), diazepam_ug=sedatives.diazepam_high_ug)


@rule(
    id="benzodiazepine-without-plan",
    asks="Is there a current plan for the benzodiazepines?",
    source="DK-25, US-09",
    only="watched",
)
def benzodiazepine_without_plan(
    request: Request, patient: Patient, book: RuleBook
) -> Objection | None:
    sedatives = patient.sedatives
    if sedatives is None or sedatives.diazepam_high_ug <= 0:
        return None
    if (
        sedatives.plan in ("agreed", "tapering")
        and sedatives.plan_on is not None
        and 0 <= (request.on - sedatives.plan_on).days <= book.taper_plan_days
    ):
        return None
    return _weighed(
        request,
        book,
        ("taper_plan_days",),
        diazepam_ug=sedatives.diazepam_high_ug,
        plan=sedatives.plan,
        plan_on=sedatives.plan_on,
    )
