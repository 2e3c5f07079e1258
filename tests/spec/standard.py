"""The standard patient: stable on 80 mg methadone, everything recorded, nothing to object to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dosing_rules import (
    NO_DEPOT,
    NO_INDKALD,
    NO_MEASURE,
    Arrangement,
    Claim,
    Depot,
    DoseAsked,
    Observed,
    Patient,
    Prescription,
    Product,
    Request,
    Sedatives,
    Unit,
)
from dosing_rules.ordered import NIGHT_PART, Line

TODAY = date(2026, 11, 24)  # a Tuesday
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
UNIT_ID = 1

METHADONE = Product("methadone-1", "methadone", "oral_solution", "oral", 1000, "ml")
METHADONE_5 = Product("methadone-5", "methadone", "oral_solution", "oral", 5000, "ml")
METHADONE_INJECTION = Product(
    "methadone-inj-10", "methadone", "injection", "intravenous", 10_000, "ml"
)
BUPRENORPHINE = Product(
    "buprenorphine-8", "buprenorphine", "sublingual_tablet", "sublingual", 8000, "unit"
)
DEPOT = Product("buvidal-16", "buprenorphine", "depot", "subcutaneous", 16_000, "unit")
HEROIN = Product(
    "diacetylmorphine-100", "diacetylmorphine", "injection", "intravenous", 100_000, "ml"
)


def prescription(**changes: Any) -> Prescription:
    """80 mg methadone once a day, valid around today."""
    facts: dict[str, Any] = {
        "prescription_id": 7,
        "version": 3,
        "product": METHADONE,
        "daily_ug": 80_000,
        "parts_ug": (80_000,),
        "valid_from": date(2026, 9, 1),
        "valid_to": date(2027, 2, 28),
    }
    return Prescription(**facts | changes)


def arrangement(**changes: Any) -> Arrangement:
    """Comes on Tuesdays, swallows that day's dose here, takes six days home."""
    facts: dict[str, Any] = {
        "self_administration": True,
        "supervised_weekdays": frozenset({2}),
        "pickup_weekdays": frozenset({2}),
        "take_home_days": 7,
    }
    return Arrangement(**facts | changes)


def request(**changes: Any) -> Request:
    """Today's 80 mg, swallowed here, two identifiers, not affected, right bottle scanned."""
    facts: dict[str, Any] = {
        "at": NOW,
        "on": TODAY,
        "unit_id": UNIT_ID,
        "doses": (DoseAsked(TODAY, 1, 80_000, "supervised"),),
        "product": METHADONE,
        "prescription_id": 7,
        "prescription_version": 3,
        "identifiers": frozenset({"birth_date", "photo"}),
        "observed": Observed(affected=False),
    }
    return Request(**facts | changes)


def patient(**changes: Any) -> Patient:
    """A stable person with everything recorded and yesterday's dose swallowed here."""
    yesterday = date(2026, 11, 23)
    yesterday_at = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    facts: dict[str, Any] = {
        "prescription": prescription(),
        "unit": Unit(UNIT_ID, frozenset(), frozenset()),
        "claims": (Claim(yesterday, 1, 80_000, "supervised", "given", UNIT_ID, yesterday_at),),
        "right_holder_unit_id": UNIT_ID,
        "last_swallowed_at": yesterday_at,
        "last_swallowed_ug": 80_000,
        "last_covered_on": yesterday,
        "planned_pickup_on": TODAY,
        "first_dose_on": date(2024, 5, 2),
        "steps": (),
        "arrangement": arrangement(),
        "indkald": NO_INDKALD,
        "indkald_due_on": date(2027, 5, 1),
        "sedatives": Sedatives(0, 0, "none"),
        "vomits": (),
        "ecg_on": date(2026, 3, 2),
        "qtc_ms": 420,
        "pregnant": False,
        "diversion_supervised_until_on": NO_MEASURE,
        "reviewed_on": date(2026, 9, 1),
        "new_to_treatment": False,
        "extra_ug_allowed_today": 0,
        "last_swallowed_on": yesterday,
        "last_swallowed_substance": "methadone",
        "naloxone_on": date(2026, 1, 5),
        "last_depot": NO_DEPOT,
    }
    return Patient(**facts | changes)


def _standard() -> tuple[Request, Patient]:
    return request(), patient()


def _take_home() -> tuple[Request, Patient]:
    """Comes on Tuesday, swallows 80 mg and takes Wednesday to Monday home."""
    home = tuple(DoseAsked(TODAY + timedelta(days=n), 1, 80_000, "take_home") for n in range(1, 7))
    return request(doses=(DoseAsked(TODAY, 1, 80_000, "supervised"), *home)), patient()


def _split() -> tuple[Request, Patient]:
    """Ordered to come twice a day for 40 mg."""
    order = prescription(parts_ug=(40_000, 40_000))
    doses = (DoseAsked(TODAY, 1, 40_000, "supervised"),)
    return request(doses=doses), patient(prescription=order, last_swallowed_ug=40_000)


def _buprenorphine() -> tuple[Request, Patient]:
    """16 mg buprenorphine under the tongue, every day here."""
    order = prescription(product=BUPRENORPHINE, daily_ug=16_000, parts_ug=(16_000,))
    asked = request(product=BUPRENORPHINE, doses=(DoseAsked(TODAY, 1, 16_000, "supervised"),))
    return asked, patient(
        prescription=order, last_swallowed_ug=16_000, last_swallowed_substance="buprenorphine"
    )


def _heroin() -> tuple[Request, Patient]:
    """Two sessions of 200 mg at a licensed unit."""
    order = prescription(product=HEROIN, daily_ug=400_000, parts_ug=(200_000, 200_000))
    asked = request(product=HEROIN, doses=(DoseAsked(TODAY, 1, 200_000, "supervised"),))
    return asked, patient(
        prescription=order,
        unit=Unit(UNIT_ID, frozenset({"diacetylmorphine"}), frozenset()),
        last_swallowed_ug=200_000,
        last_swallowed_substance="diacetylmorphine",
    )


def _injections() -> tuple[Request, Patient]:
    """Two sessions of 200 mg, and 60 mg methadone for the night that was fetched yesterday."""
    asked, person = _heroin()
    yesterday, at = TODAY - timedelta(days=1), NOW - timedelta(days=1)
    night = prescription(
        prescription_id=9, version=4, daily_ug=60_000, parts_ug=(60_000,), night=True
    )
    line = Line(
        prescription=night,
        had_ug=60_000,
        had_on=yesterday,
        had_substance="methadone",
        last_covered_on=yesterday,
        planned_pickup_on=TODAY,
        first_dose_on=date(2025, 2, 3),
        steps=(),
    )
    claims = (
        Claim(yesterday, 1, 200_000, "supervised", "given", UNIT_ID, at),
        Claim(yesterday, NIGHT_PART, 60_000, "take_home", "given", UNIT_ID, at),
    )
    arranged = arrangement(supervised_weekdays=frozenset(), pickup_weekdays=frozenset(range(1, 8)))
    return asked, replace(person, claims=claims, arrangement=arranged, beside=line)


def _night() -> tuple[Request, Patient]:
    """The same person fetches tonight's 60 mg methadone."""
    _, person = _injections()
    asked = request(
        doses=(DoseAsked(TODAY, NIGHT_PART, 60_000, "take_home"),),
        prescription_id=9,
        prescription_version=4,
    )
    return asked, person.for_night()


def _depot() -> tuple[Request, Patient]:
    """A weekly depot of 16 mg, the last one seven days ago."""
    order = prescription(product=DEPOT, daily_ug=16_000, parts_ug=(16_000,), depot_interval_days=7)
    asked = request(product=DEPOT, doses=(DoseAsked(TODAY, 1, 16_000, "supervised"),))
    week_ago = TODAY - timedelta(days=7)
    return asked, patient(
        prescription=order,
        last_swallowed_at=NOW - timedelta(days=7),
        last_swallowed_ug=16_000,
        last_swallowed_on=week_ago,
        last_swallowed_substance="buprenorphine",
        last_covered_on=week_ago,
        last_depot=Depot(week_ago, 7),
        claims=(Claim(week_ago, 1, 16_000, "supervised", "given", UNIT_ID, NOW),),
    )


def _new() -> tuple[Request, Patient]:
    """First day of treatment, 30 mg methadone, no history at all."""
    order = prescription(daily_ug=30_000, parts_ug=(30_000,), valid_from=TODAY)
    return request(doses=(DoseAsked(TODAY, 1, 30_000, "supervised"),)), patient(
        prescription=order,
        claims=(),
        last_swallowed_at=None,
        last_swallowed_ug=None,
        last_swallowed_on=None,
        last_swallowed_substance=None,
        last_covered_on=None,
        first_dose_on=None,
        new_to_treatment=True,
    )


def _injection() -> tuple[Request, Patient]:
    """80 mg methadone by vein at a licensed unit."""
    asked, person = (
        request(product=METHADONE_INJECTION),
        patient(
            prescription=prescription(product=METHADONE_INJECTION),
            unit=Unit(UNIT_ID, frozenset({"methadone_injection"}), frozenset()),
        ),
    )
    return asked, person


BASES = {
    "standard": _standard,
    "take-home": _take_home,
    "split": _split,
    "buprenorphine": _buprenorphine,
    "heroin": _heroin,
    "injections": _injections,
    "night": _night,
    "depot": _depot,
    "new": _new,
    "injection": _injection,
}
PRODUCTS = {
    "methadone 1 mg/ml": METHADONE,
    "methadone 5 mg/ml": METHADONE_5,
    "methadone 1 mg/unit": Product(
        "methadone-1", "methadone", "oral_solution", "oral", 1000, "unit"
    ),
    "methadone tablet 20 mg": Product(
        "methadone-tab-20", "methadone", "tablet", "oral", 20_000, "unit"
    ),
    "methadone injection": METHADONE_INJECTION,
    "methadone by vein": replace(METHADONE, code="by-vein", route="intravenous"),
    "methadone injection by mouth": replace(METHADONE_INJECTION, code="by-mouth", route="oral"),
    "methadone mixture by vein": replace(METHADONE, code="methadone-iv", route="intravenous"),
    "methadone of another maker": Product(
        "methadone-other-1", "methadone", "oral_solution", "oral", 1000, "ml"
    ),
    "methadone 0 mg/ml": Product("methadone-0", "methadone", "oral_solution", "oral", 0, "ml"),
    "buprenorphine 8 mg": BUPRENORPHINE,
    "buprenorphine 2 mg": replace(BUPRENORPHINE, code="buprenorphine-2", strength_ug=2000),
    "depot 16 mg": DEPOT,
    "heroin": HEROIN,
    "heroin tablet": Product(
        "diacetylmorphine-tab-200", "diacetylmorphine", "tablet", "oral", 200_000, "unit"
    ),
}
