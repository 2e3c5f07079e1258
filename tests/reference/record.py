"""What cannot be true: every recorded fact held against what anybody could have recorded."""

from collections.abc import Iterator

from tests.reference.asking import NO_DEPOT, Facts, Said, every_claim, rule

_DAYS = (
    *("last_covered_on", "planned_pickup_on", "first_dose_on", "indkald_due_on", "ecg_on"),
    *("reviewed_on", "last_swallowed_on", "diversion_supervised_until_on"),
    *("urine_on", "naloxone_on"),
)
_NO_MEASURE = "0001-01-01"


def _days(patient: Facts) -> Iterator[str]:
    for name in _DAYS:
        sentinel = name == "diversion_supervised_until_on" and patient[name] == _NO_MEASURE
        if patient[name] is not None and not sentinel:
            yield patient[name]
    if patient["last_swallowed_at"]:
        yield patient["last_swallowed_at"][:10]
    for claim in every_claim(patient):
        yield claim["for_on"]
    for step in patient["steps"] or []:
        yield step["on"]
    for vomit in patient["vomits"] or []:
        yield vomit["at"][:10]
    for one in patient["medicines"] or []:
        yield from [day for day in (one["started_on"], one["stopped_on"]) if day is not None]
    for loss in patient["losses"] or []:
        yield loss["for_on"]
    if patient["session"] and patient["session"]["last_attempt_at"]:
        yield patient["session"]["last_attempt_at"][:10]
    if patient["last_depot"] and patient["last_depot"] != NO_DEPOT:
        yield patient["last_depot"]["on"]
    if patient["indkald"]:
        yield from patient["indkald"]["days"] + patient["indkald"]["completed"]
    if patient["sedatives"] and patient["sedatives"]["plan_on"]:
        yield patient["sedatives"]["plan_on"]
    for ahead in patient["arranged_ahead"] or []:
        yield ahead["from_on"]
    for arranged in _arrangements(patient):
        if arranged["exception"]:
            yield arranged["exception"]["from_on"]
            yield arranged["exception"]["until_on"]
    order = patient["prescription"]
    beside = patient["beside"]
    if beside and beside["had_on"]:
        yield beside["had_on"]
    for one in (order, beside["prescription"] if beside else None):
        if one:
            yield one["valid_from"]
            if one["valid_to"]:
                yield one["valid_to"]


def _never_negative(patient: Facts) -> Iterator[int]:
    if patient["last_depot"] and patient["last_depot"] != NO_DEPOT:
        interval = patient["last_depot"]["interval_days"]
        yield 0 if interval is None else interval - 1  # a depot of no day is none
    yield patient["last_swallowed_ug"] or 0
    yield patient["extra_ug_allowed_today"] or 0
    for step in patient["steps"] or []:
        yield step["from_ug"]
        yield step["to_ug"]
    if patient["sedatives"]:
        low, high = (
            patient["sedatives"]["diazepam_low_ug"],
            patient["sedatives"]["diazepam_high_ug"],
        )
        yield low
        yield high - low
    if patient["session"]:
        yield patient["session"]["failed_attempts"] or 0
    if patient["health"]:
        yield patient["health"]["filtration_ml_per_minute"] or 0
    for arranged in _arrangements(patient):
        yield arranged["take_home_days"] or 0
        if arranged["exception"]:
            yield arranged["exception"]["days"]
    for order in _orders(patient):
        pattern = order["weekday_ug"]
        if pattern is not None:
            yield from pattern or [-1]  # a pattern without a day is none


def _arrangements(patient: Facts) -> list[Facts]:
    """The one in force, and those decided ahead."""
    ahead = [one["arrangement"] for one in patient["arranged_ahead"] or []]
    return ([patient["arrangement"]] if patient["arrangement"] else []) + ahead


def _orders(patient: Facts) -> list[Facts]:
    beside = patient["beside"]["prescription"] if patient["beside"] else None
    return [one for one in (patient["prescription"], beside) if one]


def _at_most_a_year(patient: Facts) -> Iterator[int]:
    if patient["last_depot"]:
        yield patient["last_depot"]["interval_days"] or 0
    for arranged in _arrangements(patient):
        yield arranged["take_home_days"] or 0
        if arranged["exception"]:
            yield arranged["exception"]["days"]
    for order in _orders(patient):
        yield order["depot_interval_days"] or 0


@rule("record-impossible")
def record_impossible(request: Facts, patient: Facts) -> Said:
    return "stop" if cannot_be(patient) else None


def cannot_be(patient: Facts) -> bool:
    """Whether anything recorded about the person cannot be true."""
    if any(not "1971-01-01" <= day <= "2099-12-31" for day in _days(patient)):
        return True
    if any(number < 0 for number in _never_negative(patient)):
        return True
    if any(days > 366 for days in _at_most_a_year(patient)):
        return True
    if patient["health"] and (patient["health"]["filtration_ml_per_minute"] or 0) > 300:
        return True
    substances = (None, "methadone", "buprenorphine", "diacetylmorphine")
    if patient["last_swallowed_substance"] not in substances:
        return True
    for claim in every_claim(patient):
        if claim["amount_ug"] <= 0 or claim["part"] < 1:
            return True
        if claim["how"] not in ("supervised", "take_home"):
            return True
        if claim["state"] not in ("reserved", "uncertain", "given"):
            return True
    for arranged in _arrangements(patient):
        for name in ("supervised_weekdays", "pickup_weekdays"):
            if any(day not in range(1, 8) for day in arranged[name] or []):
                return True
    return False
