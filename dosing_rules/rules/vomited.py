"""Did a dose come up again?"""

from dosing_rules.days import minutes_between
from dosing_rules.facts import Patient, Request
from dosing_rules.rule import Objection, doctor, rule
from dosing_rules.rulebook import RuleBook

_LIMITS = ("vomit_same_day_minutes", "vomit_replace_minutes", "vomit_replace_percent")


@rule(
    id="vomited-today",
    asks="Did the person vomit after an earlier dose today?",
    source="CT-08, NZ-02: replacement is a doctor's decision",
    only="watched",
)
def vomited_today(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    if patient.vomits is None:
        return doctor(limits=_LIMITS, minutes_after=None, witnessed=None)
    for vomit in patient.vomits:
        if minutes_between(vomit.at, request.at) < book.vomit_same_day_minutes:
            return doctor(
                limits=_LIMITS,
                vomited_at=vomit.at,
                minutes_after=vomit.minutes_after,
                witnessed=vomit.witnessed,
                last_ug=patient.last_swallowed_ug,
            )
    return None
