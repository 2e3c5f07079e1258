"""A look at a person under observation: the readings alone are asked, and a scale is a must."""

from dataclasses import replace
from typing import Any

import pytest

from dosing_rules import Observed, check_dispensing, load_book
from dosing_rules.check import check_observed
from tests.spec.standard import patient, request

BOOK = load_book("dk-crk-2026")

# What was read beside a sedation of 0, the rules that speak, the verdict.
LOOKS: list[tuple[dict[str, Any], list[str], str]] = [
    ({}, [], "allow"),
    ({"sedation_poss": 3}, ["sedated"], "stop"),
    ({"breaths_per_minute": 9}, ["slow-breathing"], "stop"),
    ({"breaths_per_minute": 11}, ["slow-breathing"], "confirm"),
    ({"oxygen_percent": 89}, ["low-oxygen"], "stop"),
    ({"pupils_pinpoint": True, "sedation_poss": 2}, ["pinpoint-and-drowsy"], "stop"),
    # Said before a dose; a look is no hand-out.
    ({"affected": True, "alcohol_permille_milli": 2_000, "withdrawal_cows": 13}, [], "allow"),
    (
        {"sedation_poss": 3, "breaths_per_minute": 11, "oxygen_percent": 89},
        ["sedated", "low-oxygen", "slow-breathing"],
        "stop",
    ),
]


@pytest.mark.parametrize(("seen", "rules", "verdict"), LOOKS)
def test_a_look(seen: dict[str, Any], rules: list[str], verdict: str) -> None:
    """H12: the most severe first, then in the rules' own order, as before a dose."""
    observed = Observed(**{"sedation_poss": 0} | seen)
    asked = request(doses=(), observed=observed)
    found = check_observed(asked, patient(), BOOK)
    assert [one.rule_id for one in found.findings] == rules
    assert found.word == verdict
    before_a_dose = check_dispensing(replace(asked, doses=request().doses), patient(), BOOK)
    assert set(rules) <= {one.rule_id for one in before_a_dose.findings}


def test_a_look_without_the_scale_is_none() -> None:
    """H12: nobody who was not scored is told well."""
    with pytest.raises(ValueError, match="scale"):
        check_observed(request(doses=(), observed=Observed(affected=False)), patient(), BOOK)
