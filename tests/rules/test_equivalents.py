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


# Micrograms that equal 10 mg diazepam: the smallest and the largest published figure.
PUBLISHED = {
    "N05BA01": ("diazepam", 10_000, 10_000),
    "N05BA02": ("chlordiazepoxide", 10_000, 25_000),
    "N05BA04": ("oxazepam", 15_000, 30_000),
    "N05BA05": ("clorazepate", 7_500, 15_000),
    "N05BA06": ("lorazepam", 1_000, 2_000),
    "N05BA08": ("bromazepam", 3_000, 6_000),
    "N05BA09": ("clobazam", 20_000, 20_000),
    "N05BA12": ("alprazolam", 500, 1_000),
    "N03AE01": ("clonazepam", 500, 1_000),
    "N05CD02": ("nitrazepam", 2_500, 10_000),
    "N05CD03": ("flunitrazepam", 1_000, 1_000),
    "N05CD05": ("triazolam", 250, 500),
    "N05CD06": ("lormetazepam", 1_000, 2_000),
    "N05CD07": ("temazepam", 15_000, 30_000),
    "N05CD08": ("midazolam", 5_000, 10_000),
    "N05CF01": ("zopiclone", 15_000, 15_000),
    "N05CF02": ("zolpidem", 20_000, 20_000),
    "N05CF03": ("zaleplon", 20_000, 20_000),
}


@pytest.mark.parametrize("atc", list(PUBLISHED))
def test_as_published(atc: str) -> None:
    """H13: each substance, so that no figure slips; 10 mg diazepam from either end."""
    name, least_ug, most_ug = PUBLISHED[atc]
    row = EQUIVALENTS[atc]
    assert (row.name, row.least_ug, row.most_ug) == (name, least_ug, most_ug)
    assert diazepam_ug(atc, least_ug)[1] == 10_000
    assert diazepam_ug(atc, most_ug)[0] == 10_000


def test_no_other_substance_has_one() -> None:
    """The list above is all there is."""
    assert set(EQUIVALENTS) == set(PUBLISHED)
