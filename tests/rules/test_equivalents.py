"""Diazepam equivalents: two figures, each on its safe side (H13)."""

import pytest

from dosing_rules.equivalents import EQUIVALENTS, UnknownSubstance, diazepam_ug


def test_where_tables_differ_both_figures_are_kept() -> None:
    """H13: 1 mg alprazolam is 10 to 20 mg diazepam; limits use the larger, dosing the smaller."""
    assert diazepam_ug("N05BA12", 1_000) == (10_000, 20_000)
    assert diazepam_ug("N05BA04", 30_000) == (10_000, 20_000)
    assert diazepam_ug("N05BA01", 5_000) == (5_000, 5_000)


def test_rounding_is_down_for_low_and_up_for_high() -> None:
    """H13: never a microgram on the wrong side."""
    low, high = diazepam_ug("N05CD08", 1)
    assert (low, high) == (1, 2)
    assert diazepam_ug("N05BA09", 1) == (0, 1)


def test_low_never_exceeds_high() -> None:
    """Every row of the table is a range."""
    for atc, row in EQUIVALENTS.items():
        assert 0 < row.least_ug <= row.most_ug
        for amount_ug in (0, 1, 999, 10_000):
            low, high = diazepam_ug(atc, amount_ug)
            assert low <= high


def test_an_unknown_substance_is_not_zero() -> None:
    """H13: no equivalent means the load is not recorded."""
    with pytest.raises(UnknownSubstance):
        diazepam_ug("N02BF02", 300_000)
