"""Rows of the small clinic: products, staff, and what is recorded of the ordinary patient."""

from datetime import date
from typing import Any

PRODUCTS = (
    ("metadon-1", "Metadon 1 mg/ml", "methadone", "oral_solution", "oral", 1_000, "ml"),
    ("metadon-5", "Metadon 5 mg/ml", "methadone", "oral_solution", "oral", 5_000, "ml"),
    (
        "metadon-inj-10",
        "Metadon inj. 10 mg/ml",
        "methadone",
        "injection",
        "intravenous",
        10_000,
        "ml",
    ),
    (
        "bupre-8",
        "Buprenorphin 8 mg",
        "buprenorphine",
        "sublingual_tablet",
        "sublingual",
        8_000,
        "unit",
    ),
    (
        "depot-16",
        "Buprenorphin depot 16 mg",
        "buprenorphine",
        "depot",
        "subcutaneous",
        16_000,
        "unit",
    ),
)
STAFF = (
    ("nurse", "Astrid", "Holm"),
    ("doctor", "Bo", "Kjær"),
    ("auditor", "Carla", "Dam"),
    ("administrator", "Dan", "Eg"),
    ("nurse", "Esther", "Friis"),
    ("pharmacist", "Finn", "Gad"),
)
PRESCRIBED = ("product", "daily_ug", "parts_ug", "valid_to_days", "high_dose_reason")
PRESCRIBED += ("depot_interval_days",)
CARE = (
    "new_to_treatment",
    "first_dose_on",
    "sedatives_low_ug",
    "sedatives_high_ug",
    "taper_state",
    "taper_plan_on",
    "ecg_on",
    "qtc_ms",
    "pregnant",
    "diversion_supervised_until_on",
    "reviewed_on",
    "indkald_due_on",
    "naloxone_on",
)
ORDINARY: dict[str, Any] = {
    "name": ("Prøve", "Person"),
    "born_on": date(1975, 5, 15),
    "sex": "m",
    "right_holder": None,
    "product": "metadon-1",
    "daily_ug": 80_000,
    "parts_ug": None,
    "depot_interval_days": None,
    "valid_to_days": 60,
    "high_dose_reason": None,
    "take_home": False,
    "supervised_weekdays": [1, 2, 3, 4, 5, 6, 7],
    "pickup_weekdays": [1, 2, 3, 4, 5, 6, 7],
    "take_home_days": 0,
    "last_covered_days_ago": 1,
    "new_to_treatment": False,
    "first_dose_on": "usual",
    "sedatives_low_ug": 0,
    "sedatives_high_ug": 0,
    "taper_state": "none",
    "taper_plan_on": None,
    "ecg_on": "usual",
    "qtc_ms": 420,
    "pregnant": False,
    "diversion_supervised_until_on": None,
    "reviewed_on": "usual",
    "indkald_due_on": "usual",
    "naloxone_on": "usual",
}
