"""The code of a label: random, readable aloud, and no slip of one sign passes."""

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.labels.codes import (
    ALPHABET,
    RANDOM_BYTES,
    NotALabelCode,
    new_code,
    printed_code,
    read_code,
    scanned_code,
)

CODES = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES).map(new_code)


def test_eighty_random_bits_each_of_which_counts() -> None:
    """H16, H24: no two draws give one code, and nothing but the draw is in it."""
    assert RANDOM_BYTES * 8 >= 80
    drawn = {new_code((1 << bit).to_bytes(RANDOM_BYTES)) for bit in range(RANDOM_BYTES * 8)}
    assert len(drawn) == RANDOM_BYTES * 8
    with pytest.raises(ValueError):
        new_code(b"short")


@given(CODES)
def test_read_as_printed_scanned_or_typed(code: str) -> None:
    for text in (code, printed_code(code), scanned_code(code), f" {scanned_code(code).lower()} "):
        assert read_code(text) == code


@given(CODES, st.data())
def test_no_slip_of_one_sign_passes(code: str, data: st.DataObject) -> None:
    """H16: another package's code is never one slip away."""
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([sign for sign in ALPHABET if sign != code[at]]))
    with pytest.raises(NotALabelCode):
        read_code(code[:at] + other + code[at + 1 :])


def test_signs_that_look_alike_are_read_as_meant() -> None:
    code = new_code(bytes(RANDOM_BYTES))
    assert set(code[:-1]) == {"0"}
    assert read_code(code.replace("0", "o")) == code


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_whatever_is_scanned_is_a_code_or_an_error(text: str) -> None:
    try:
        assert set(read_code(text)) <= set(ALPHABET)
    except NotALabelCode as error:
        assert not text.strip() or len(text) < 4 or text not in str(error)


def test_the_qr_code_holds_the_code_and_nothing_else() -> None:
    """H24: no address, no id, no name; and it stays the smallest symbol, which prints best."""
    code = new_code(bytes(range(RANDOM_BYTES)))
    symbol = segno.make_qr(scanned_code(code), error="m", boost_error=False)
    assert (symbol.version, symbol.mode) == (1, "alphanumeric")
    assert scanned_code(code) == f"H-{code}"
