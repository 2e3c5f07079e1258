"""A draft that cannot be true is not written: each fact garbled, and the last value that may be."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dosing_rules import DoseStep, check_prescription, load_book
from tests.spec.drafts import DRAFTS

BOOK = load_book("dk-crk-2026")


def said(base: str, part: str, **facts: Any) -> Any:
    """The fact that ``draft-impossible`` names for a base draft with facts changed, if any."""
    change, patient = DRAFTS[base]().built()
    assert change.new is not None or part != "new"
    if part == "product":
        assert change.new is not None
        product = replace(change.new.product, **facts)
        change = replace(change, new=replace(change.new, product=product))
    elif part == "new":
        assert change.new is not None
        change = replace(change, new=replace(change.new, **facts))
    elif part == "sedative":
        assert change.sedative is not None
        change = replace(change, sedative=replace(change.sedative, **facts))
    else:
        change = replace(change, **facts)
    found = check_prescription(change, patient, BOOK).findings
    named = [one.facts["fact"] for one in found if one.rule_id == "draft-impossible"]
    return named[0] if named else None


TODAY = DRAFTS["renewal"]().built()[0].on
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
IMPOSSIBLE = [
    *[
        ("renewal", "product", name, word)
        for name in ("substance", "form", "route", "per", "code")
        for word in ("",)
    ],
    *[("renewal", "product", name, "?") for name in ("substance", "form", "route", "per")],
    ("renewal", "product", "strength_ug", 0),
    ("renewal", "product", "strength_ug", -1),
    ("depot", "new", "depot_interval_days", 0),
    ("depot", "new", "depot_interval_days", -7),
    ("renewal", "change", "withdrawal_cows", -1),
    ("renewal", "change", "withdrawal_cows", 49),
    ("renewal", "change", "preparation", "?"),
    ("renewal", "change", "previous_preparation", "?"),
    ("renewal", "change", "dose_found_by", "?"),
    ("renewal", "change", "depot_test_at", LONG_AGO),
    ("renewal", "change", "depot_test_ug", -1),
    ("benzodiazepine", "sedative", "to_ug", -1),
    ("benzodiazepine", "sedative", "from_ug", -1),
    ("benzodiazepine", "sedative", "taken_days", -1),
    ("benzodiazepine", "sedative", "taken_days", 10**6),
    ("benzodiazepine", "sedative", "planned_days", -1),
    ("benzodiazepine", "sedative", "planned_days", 367),
    ("benzodiazepine", "sedative", "others", -1),
    ("benzodiazepine", "sedative", "last_step_on", date(1900, 1, 1)),
    ("benzodiazepine", "sedative", "last_step_on", TODAY + timedelta(days=1)),
    ("benzodiazepine", "sedative", "plan_on", date(1900, 1, 1)),
    ("benzodiazepine", "sedative", "original_ug", -1),
    ("benzodiazepine", "sedative", "steps", (DoseStep(TODAY, -1, 1),)),
    ("benzodiazepine", "sedative", "steps", (DoseStep(TODAY, 1, -1),)),
    ("benzodiazepine", "sedative", "steps", (DoseStep(date(1900, 1, 1), 1, 1),)),
    ("benzodiazepine", "sedative", "steps", (DoseStep(TODAY + timedelta(days=1), 1, 1),)),
    ("benzodiazepine", "sedative", "purpose", "?"),
    ("benzodiazepine", "sedative", "plan", "?"),
]
POSSIBLE = [
    ("renewal", "product", "strength_ug", 1),
    ("depot", "new", "depot_interval_days", 1),
    ("depot", "new", "depot_interval_days", None),
    ("renewal", "change", "withdrawal_cows", 0),
    ("renewal", "change", "withdrawal_cows", 48),
    *[("renewal", "change", "preparation", word) for word in ("ordinary", "espranor", "zubsolv")],
    ("renewal", "change", "depot_test_ug", 0),
    ("renewal", "change", "depot_test_ug", None),
    ("benzodiazepine", "sedative", "to_ug", 0),
    ("benzodiazepine", "sedative", "from_ug", 0),
    ("benzodiazepine", "sedative", "from_ug", None),
    ("benzodiazepine", "sedative", "taken_days", 0),
    ("benzodiazepine", "sedative", "taken_days", None),
    ("benzodiazepine", "sedative", "planned_days", 0),
    ("benzodiazepine", "sedative", "planned_days", 366),
    ("benzodiazepine", "sedative", "others", 0),
    ("benzodiazepine", "sedative", "others", None),
    ("benzodiazepine", "sedative", "last_step_on", TODAY),
    ("benzodiazepine", "sedative", "plan_on", TODAY),
    ("benzodiazepine", "sedative", "original_ug", 0),
    ("benzodiazepine", "sedative", "original_ug", None),
    ("benzodiazepine", "sedative", "steps", None),
    ("benzodiazepine", "sedative", "steps", (DoseStep(TODAY, 0, 0),)),
    *[("benzodiazepine", "sedative", "purpose", word) for word in ("sleep", "anxiety", "other")],
]


@pytest.mark.parametrize(("base", "part", "name", "value"), IMPOSSIBLE)
def test_what_cannot_be_true_is_not_written(base: str, part: str, name: str, value: Any) -> None:
    """H06 H13: garbled, below nothing, beyond any life: the draft names it."""
    places = {"product": "new", "change": "depot_test" if "depot" in name else "preparation"}
    place = name if name in ("withdrawal_cows", "dose_found_by") else places.get(part, part)
    assert said(base, part, **{name: value}) == place


@pytest.mark.parametrize(("base", "part", "name", "value"), POSSIBLE)
def test_the_last_value_that_may_be(base: str, part: str, name: str, value: Any) -> None:
    """H06: the end of what is possible, and not recorded, is not impossible."""
    assert said(base, part, **{name: value}) is None


def test_two_preparations_of_three_are_possible() -> None:
    """All that there are, beside none."""
    both = {"preparation": "espranor", "previous_preparation": "zubsolv"}
    assert said("renewal", "change", **both) is None
