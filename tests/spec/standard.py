"""The standard patient: stable on 80 mg methadone, everything recorded, nothing to object to."""

from datetime import UTC, date, datetime
from typing import Any

from dosing_rules import (
    NO_INDKALD,
    NO_MEASURE,
    Arrangement,
    Claim,
    DoseAsked,
    Observed,
    Patient,
    Prescription,
    Product,
    Request,
    Sedatives,
    Unit,
)

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
    }
    return Patient(**facts | changes)
