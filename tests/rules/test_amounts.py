"""Amounts and volumes: exact, and never rounded up (H08, H09)."""

from fractions import Fraction

import pytest

from dosing_rules.amounts import AmountError, is_measurable, mg_text, ml_text, parse_mg, volume

READ = {
    "80": 80_000,
    "1.50": 1_500,
    "1,50": 1_500,
    "1,5": 1_500,
    "0,001": 1,
    "0": 0,
    "1.500": 1_500,
    " 7,25 ": 7_250,
    "007": 7_000,
    "999999999": 999_999_999_000,
}
REFUSED = (
    "",
    " ",
    "-1",
    "+1",
    "1,5,0",
    "1.000,5",
    "1 000",
    "1e3",
    "1E3",
    "NaN",
    "nan",
    "inf",
    "-0",
    ".5",
    "5.",
    "5,",
    "1,0001",
    "80 mg",
    "80ml",
    "٣",
    "½",
    "0x10",
    "1_000",
    "9" * 10,
    "1" * 10_000,
    "80\n1",
)


@pytest.mark.parametrize(("text", "ug"), READ.items())
def test_text_becomes_micrograms(text: str, ug: int) -> None:
    """H09: point or comma, at most three decimals; 1.500 is one and a half, never 1500."""
    assert parse_mg(text) == ug


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused(text: str) -> None:
    """H08 H09: no sign, exponent, thousands mark, unit or other script is guessed at."""
    with pytest.raises(AmountError):
        parse_mg(text)


@pytest.mark.parametrize("value", [80, 80.0, float("nan"), None, True, b"80", ["80"]])
def test_only_text_is_read(value: object) -> None:
    """A float has already lost digits; it never becomes an amount."""
    with pytest.raises(AmountError):
        parse_mg(value)


def test_amounts_print_without_a_zero_that_reads_as_ten_fold() -> None:
    """H09: 2,5 mg, never 2,50; the comma in Danish, the point in English."""
    assert mg_text(80_000) == "80"
    assert mg_text(2_500) == "2,5"
    assert mg_text(2_500, comma=False) == "2.5"
    assert mg_text(1) == "0,001"
    assert mg_text(0) == "0"
    assert ml_text(50) == "0,05"
    assert ml_text(16_000) == "16"
    with pytest.raises(AmountError):
        mg_text(-1)


def test_volume_is_exact_and_measured_downwards() -> None:
    """H08: 80 mg is 80 ml at 1 mg/ml and 16 ml at 5 mg/ml; what cannot be drawn up is cut."""
    assert volume(80_000, 1_000, 50).measured_ul == 80_000
    assert volume(80_000, 5_000, 50).measured_ul == 16_000
    odd = volume(33_333, 1_000, 50)
    assert odd.exact_ul == Fraction(33_333)
    assert odd.measured_ul == 33_300
    assert odd.measured_ug == 33_300
    assert not odd.is_exact
    assert volume(0, 1_000, 50).is_exact
    assert is_measurable(80_250, 5_000, 50)
    assert not is_measurable(80_050, 5_000, 50)


@pytest.mark.parametrize(
    ("amount", "strength", "step"), [(-1, 1000, 50), (1, 0, 50), (1, -5, 50), (1, 1000, 0)]
)
def test_a_volume_without_sense_is_refused(amount: int, strength: int, step: int) -> None:
    """H08: no strength, no volume."""
    with pytest.raises(AmountError):
        volume(amount, strength, step)
