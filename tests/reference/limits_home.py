"""What is compared by the rules about doses that go home, the indkald and health."""

from tests.reference.asking import (
    claims,
    days_in_hand,
    dose_ordered,
    here,
    home,
    last_day,
    missed_days,
    substance,
)
from tests.reference.book import N
from tests.reference.days import POSITION, days_from, months_later
from tests.reference.probing import Facts, Pairs, probe


@probe("diversion-measure: until")
def _(q: Facts, p: Facts) -> Pairs:
    until = p["diversion_supervised_until_on"]
    for dose in home(q) if until in POSITION else []:
        yield POSITION[dose["for_on"]], POSITION[until]


@probe("take-home-above-limit: take_home_days")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q):
        yield len(days_in_hand(q, p)), N["take_home_days"]


@probe("take-home-above-own-limit: arranged")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["arrangement"] and p["arrangement"]["take_home_days"] is not None:
        yield len(days_in_hand(q, p)), p["arrangement"]["take_home_days"]


@probe("take-home-above-limit: exception's days")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["arrangement"] and p["arrangement"]["exception"]:
        yield len(days_in_hand(q, p)), p["arrangement"]["exception"]["days"]


@probe("take-home-above-limit: exception's first day")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["arrangement"] and p["arrangement"]["exception"]:
        first = min(dose["for_on"] for dose in home(q))
        yield POSITION[first], POSITION[p["arrangement"]["exception"]["from_on"]]


@probe("take-home-above-limit: exception's last day")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["arrangement"] and p["arrangement"]["exception"]:
        last = max(dose["for_on"] for dose in home(q))
        yield POSITION[last], POSITION[p["arrangement"]["exception"]["until_on"]]


@probe("take-home-arranged-otherwise: from")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in home(q) if p["arranged_ahead"] else []:
        yield POSITION[dose["for_on"]], POSITION[p["arranged_ahead"][0]["from_on"]]


@probe("take-home-arranged-otherwise: arranged")
def _(q: Facts, p: Facts) -> Pairs:
    held = {one["for_on"] for one in claims(p) if one["how"] == "take_home"}
    asked = {dose["for_on"] for dose in home(q)}
    for one in (p["arranged_ahead"] or []) if asked else []:
        if one["arrangement"]["take_home_days"] is not None:
            then = [day for day in held | asked if day >= one["from_on"]]
            yield len(then), one["arrangement"]["take_home_days"]


@probe("early-pickup: planned")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["planned_pickup_on"] is not None:
        yield POSITION[q["on"]], POSITION[p["planned_pickup_on"]]


@probe("take-home-in-titration: titration_days")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["first_dose_on"] is not None:
        yield days_from(p["first_dose_on"], q["on"]), N["titration_days"]


@probe("take-home-in-titration: restart days")
def _(q: Facts, p: Facts) -> Pairs:
    kind, missed = substance(p), missed_days(q, p)
    if home(q) and kind in ("methadone", "buprenorphine") and missed is not None:
        yield missed, N[f"{kind}_restart_days"]


@probe("take-home-during-indkald: last planned day")
def _(q: Facts, p: Facts) -> Pairs:
    for dose in home(q) if p["indkald"] and p["indkald"]["days"] else []:
        yield POSITION[dose["for_on"]], POSITION[p["indkald"]["days"][-1]]


@probe("indkald-dose-not-full: ordered")
def _(q: Facts, p: Facts) -> Pairs:
    if p["prescription"] and p["indkald"] and q["on"] in p["indkald"]["days"]:
        for dose in here(q):
            yield dose["amount_ug"], dose_ordered(p["prescription"], dose)


@probe("indkald-overdue: today")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["indkald_due_on"] is not None:
        yield POSITION[p["indkald_due_on"]], POSITION[q["on"]]


@probe("indkald-due: indkald_notice_days")
def _(q: Facts, p: Facts) -> Pairs:
    if home(q) and p["indkald_due_on"] is not None:
        yield days_from(q["on"], p["indkald_due_on"]), N["indkald_notice_days"]


for _limit in ("qtc_confirm_ms", "qtc_doctor_ms"):

    @probe(f"qtc-long: {_limit}")
    def _(q: Facts, p: Facts, limit: str = _limit) -> Pairs:
        if substance(p) == "methadone" and p["qtc_ms"] is not None:
            yield p["qtc_ms"], N[limit]


def _months(rule_id: str, fact: str, number: str) -> None:
    @probe(f"{rule_id}: {number}")
    def _(q: Facts, p: Facts) -> Pairs:
        if p[fact] is not None:
            yield POSITION[q["on"]], POSITION[months_later(p[fact], N[number])]


_months("ecg-too-old", "ecg_on", "ecg_months")
_months("review-overdue", "reviewed_on", "review_confirm_months")
_months("review-overdue", "reviewed_on", "review_doctor_months")


@probe("pregnant-and-reduced: pregnancy_step_days")
def _(q: Facts, p: Facts) -> Pairs:
    for step in (p["steps"] or []) if p["pregnant"] is not False else []:
        if step["to_ug"] < step["from_ug"]:
            yield days_from(step["on"], q["on"]), N["pregnancy_step_days"]


@probe("pregnant-and-reduced: last day asked for")
def _(q: Facts, p: Facts) -> Pairs:
    for step in (p["steps"] or []) if p["pregnant"] is not False else []:
        if step["to_ug"] < step["from_ug"]:
            yield POSITION[step["on"]], POSITION[last_day(q)]


@probe("benzodiazepine-load: diazepam_load_ug")
def _(q: Facts, p: Facts) -> Pairs:
    if p["sedatives"]:
        yield p["sedatives"]["diazepam_high_ug"], N["diazepam_load_ug"]


@probe("benzodiazepine-without-plan: taper_plan_days")
def _(q: Facts, p: Facts) -> Pairs:
    if p["sedatives"] and p["sedatives"]["plan_on"]:
        yield days_from(p["sedatives"]["plan_on"], q["on"]), N["taper_plan_days"]
