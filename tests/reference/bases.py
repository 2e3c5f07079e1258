"""Ordinary people to start from: every kind of treatment, on a day chosen to be awkward."""

import random
from typing import Any

from tests.reference.days import CALENDAR, POSITION, WEEKDAY, plus

Plain = dict[str, Any]

METHADONE = ("methadone-1", "methadone", "oral_solution", "oral", 1000, "ml")
METHADONE_5 = ("methadone-5", "methadone", "oral_solution", "oral", 5000, "ml")
TABLET = ("methadone-tab-20", "methadone", "tablet", "oral", 20_000, "unit")
INJECTION = ("methadone-inj-10", "methadone", "injection", "intravenous", 10_000, "ml")
BUPRENORPHINE = ("bup-8", "buprenorphine", "sublingual_tablet", "sublingual", 8000, "unit")
DEPOT = ("depot-16", "buprenorphine", "depot", "subcutaneous", 16_000, "unit")
HEROIN = ("heroin-100", "diacetylmorphine", "injection", "intravenous", 100_000, "ml")
PRODUCTS = (METHADONE, METHADONE_5, TABLET, INJECTION, BUPRENORPHINE, DEPOT, HEROIN)

# Kind: product, the parts of a day in mg, a weekday pattern in mg, days between injections.
KINDS: dict[str, tuple[Any, ...]] = {
    "once a day": (METHADONE, (80,), None, None),
    "strong mixture": (METHADONE_5, (60,), None, None),
    "tablets": (TABLET, (100,), None, None),
    "split": (METHADONE, (40, 40), None, None),
    "uneven split": (METHADONE, (100, 10), None, None),
    "week at home": (METHADONE, (80,), None, None),
    "days that differ": (METHADONE, (80,), (80, 60, 80, 60, 80, 90, 90), None),
    "first day": (METHADONE, (30,), None, None),
    "injection": (INJECTION, (80,), None, None),
    "under the tongue": (BUPRENORPHINE, (16,), None, None),
    "first day under the tongue": (BUPRENORPHINE, (8,), None, None),
    "thrice weekly": (BUPRENORPHINE, (8,), (16, 0, 16, 0, 24, 0, 0), None),
    "heroin": (HEROIN, (200, 200), None, None),
    "injections and a night dose": (HEROIN, (200, 200), None, None),
    "night dose": (HEROIN, (200, 200), None, None),
    "weekly depot": (DEPOT, (16,), None, 7),
    "monthly depot": (DEPOT, (96,), None, 28),
}

# Clocks changed, leap days and the days beside them, ends and beginnings of months and years.
AWKWARD_DAYS = (
    *("2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28", "2025-03-01", "2028-02-29"),
    *("2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26"),
    *("2026-08-31", "2026-12-31", "2027-01-01", "2026-05-31", "2026-04-30", "2026-10-31"),
)
CLOCK_CHANGES = ("2026-03-29", "2026-10-25")


def product(words: tuple[Any, ...]) -> Plain:
    """A product by its facts."""
    return dict(
        zip(("code", "substance", "form", "route", "strength_ug", "per"), words, strict=True)
    )


def a_day(rng: random.Random) -> str:
    """Today: half of the time an awkward day."""
    if rng.random() < 0.5:
        return rng.choice(AWKWARD_DAYS)
    return CALENDAR[rng.randrange(POSITION["2024-01-01"], POSITION["2029-01-01"])]


def dose(for_on: str, part: int, amount_ug: int, how: str = "supervised") -> Plain:
    return {"for_on": for_on, "part": part, "amount_ug": amount_ug, "how": how}


def claim(for_on: str, part: int, amount_ug: int, how: str, state: str, unit_id: int) -> Plain:
    """A dose that is taken; the moment is that morning's."""
    taken = {"for_on": for_on, "part": part, "amount_ug": amount_ug, "how": how}
    return taken | {"state": state, "unit_id": unit_id, "at": f"{for_on}T07:00:00"}


def order_of(kind: str, today: str) -> Plain:
    """The order in force for a kind of treatment."""
    words, parts_mg, pattern_mg, interval = KINDS[kind]
    parts = [mg * 1000 for mg in parts_mg]
    return {
        "prescription_id": 7,
        "version": 3,
        "product": product(words),
        "daily_ug": sum(parts),
        "parts_ug": parts,
        "valid_from": plus(today, -60),
        "valid_to": plus(today, 60),
        "weekday_ug": None if pattern_mg is None else [mg * 1000 for mg in pattern_mg],
        "high_dose_reason": None,
        "depot_interval_days": interval,
        "night": False,
    }


def night_line(today: str) -> Plain:
    """60 mg methadone for the night, fetched yesterday."""
    order = order_of("once a day", today)
    order |= {"prescription_id": 9, "version": 4, "daily_ug": 60_000, "parts_ug": [60_000]}
    return {
        "prescription": order | {"night": True},
        "had_ug": 60_000,
        "had_on": plus(today, -1),
        "had_substance": "methadone",
        "last_covered_on": plus(today, -1),
        "planned_pickup_on": today,
        "first_dose_on": plus(today, -200),
        "steps": [],
        "losses": [],
    }


def today_ug(order: Plain, today: str) -> int:
    """The first part as ordered for the day, where the pattern names one."""
    pattern = order["weekday_ug"]
    return order["parts_ug"][0] if pattern is None else pattern[WEEKDAY[today] - 1]


def request_of(kind: str, order: Plain, today: str, rng: random.Random) -> Plain:
    """Today's ordinary dose, identified, looked at and scanned."""
    doses = [dose(today, 1, today_ug(order, today))]
    if kind in ("week at home", "days that differ"):
        for ahead in range(1, rng.randint(1, 8)):
            day = plus(today, ahead)
            pattern = order["weekday_ug"]
            amount = order["daily_ug"] if pattern is None else pattern[WEEKDAY[day] - 1]
            doses.append(dose(day, 1, amount, "take_home"))
    shown = {"product": dict(order["product"]), "prescription_id": 7, "prescription_version": 3}
    if kind == "night dose":
        doses = [dose(today, 90, 60_000, "take_home")]
        shown = {"product": product(METHADONE), "prescription_id": 9, "prescription_version": 4}
    return {
        "at": f"{today}T{rng.randrange(24):02d}:{rng.randrange(60):02d}:00",
        "on": today,
        "unit_id": 1,
        "doses": doses,
        **shown,
        "identifiers": ["birth_date", "photo"],
        "observed": {
            "affected": False,
            "declined": False,
            "sedation_poss": None,
            "breaths_per_minute": None,
            "alcohol_permille_milli": None,
            "oxygen_percent": None,
            "pupils_pinpoint": None,
            "withdrawal_cows": None,
        },
    }


def patient_of(kind: str, order: Plain, today: str) -> Plain:
    """Somebody with everything recorded and nothing to object to."""
    interval = order["depot_interval_days"]
    before = plus(today, -(interval or 1))
    first = order["parts_ug"][0]
    person = {
        "prescription": order,
        "unit": {
            "unit_id": 1,
            "licences": ["diacetylmorphine", "methadone_injection"],
            "closed_on": [],
        },
        "claims": [claim(before, 1, first, "supervised", "given", 1)],
        "right_holder_unit_id": 1,
        "last_swallowed_at": f"{before}T00:00:00",
        "last_swallowed_ug": first,
        "last_covered_on": before,
        "planned_pickup_on": today,
        "first_dose_on": plus(today, -500),
        "steps": [],
        "arrangement": {
            "self_administration": True,
            "supervised_weekdays": [WEEKDAY[today]],
            "pickup_weekdays": [WEEKDAY[today]],
            "take_home_days": 7,
            "thrice_weekly": kind == "thrice weekly",
            "exception": None,
        },
        "indkald": {"days": [], "completed": []},
        "indkald_due_on": plus(today, 120),
        "sedatives": {
            "diazepam_low_ug": 0,
            "diazepam_high_ug": 0,
            "plan": "none",
            "plan_on": None,
        },
        "vomits": [],
        "ecg_on": plus(today, -100),
        "qtc_ms": 420,
        "pregnant": False,
        "diversion_supervised_until_on": "0001-01-01",
        "reviewed_on": plus(today, -100),
        "new_to_treatment": False,
        "extra_ug_allowed_today": 0,
        "last_swallowed_on": before,
        "last_swallowed_substance": order["product"]["substance"],
        "urine_on": None,
        "naloxone_on": plus(today, -100),
        "medicines": None,
        "home_safety": None,
        "health": None,
        "session": None,
        "losses": None,
        "last_depot": {"on": "0001-01-01", "interval_days": 0},
        "beside": None,
        "at_night": False,
        "arranged_ahead": [],
    }
    if "night dose" in kind:
        person["beside"] = night_line(today)
        person["claims"].append(claim(before, 90, 60_000, "take_home", "given", 1))
        person["arrangement"]["supervised_weekdays"] = []
    if interval:
        person["last_depot"] = {"on": before, "interval_days": interval}
    if kind.startswith("first day"):
        gone = ("last_swallowed_at", "last_swallowed_ug", "last_covered_on", "first_dose_on")
        person |= dict.fromkeys((*gone, "last_swallowed_on", "last_swallowed_substance"))
        person |= {"claims": [], "new_to_treatment": True}
    return person
