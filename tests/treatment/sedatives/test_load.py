"""A list in diazepam a day: low and high, and unknown where one of it is (H13)."""

import pytest

from dispensing.treatment.sedatives.load import Taken, equal_to, is_sedative, load_of, name_of

DIAZEPAM = Taken("N05BA01", 20_000, "ordered-here")
OXAZEPAM = Taken("N05BA04", 30_000, "other-doctor")
# A benzodiazepine without a published figure.
MEDAZEPAM = Taken("N05BA03", 10_000, "own-words")


def test_a_list_is_the_sum_of_each_low_and_high() -> None:
    """H13: 20 mg diazepam and 30 mg oxazepam are 30 to 40 mg of diazepam."""
    load = load_of([DIAZEPAM, OXAZEPAM])
    assert (load.low_ug, load.high_ug, load.is_known) == (30_000, 40_000, True)
    assert [(one.name, one.low_ug, one.high_ug) for one in load.each] == [
        ("diazepam", 20_000, 20_000),
        ("oxazepam", 10_000, 20_000),
    ]


def test_none_is_zero_because_somebody_asked() -> None:
    """An empty list was written by somebody."""
    load = load_of([])
    assert (load.low_ug, load.high_ug, load.is_known) == (0, 0, True)


@pytest.mark.parametrize("unknown", [MEDAZEPAM, Taken("N05BA01", None, "own-words")])
def test_one_unknown_makes_the_whole_unknown(unknown: Taken) -> None:
    """H13: what is known of it is never told as the whole."""
    load = load_of([DIAZEPAM, unknown])
    assert (load.low_ug, load.high_ug, load.is_known) == (None, None, False)
    assert load.each[0].high_ug == 20_000
    assert equal_to(unknown).high_ug is None


def test_what_belongs_on_the_list() -> None:
    """Benzodiazepines and kin, with a figure or without; other sedating medicines do not."""
    assert is_sedative("N05BA01") and is_sedative("N05CF01") and is_sedative("N05BA03")
    assert not is_sedative("N02BF02") and not is_sedative("N07BC02")
    assert not is_sedative("diazepam")
    assert name_of("N05CF01") == "zopiclone"
    assert name_of("N05BA03") == "N05BA03"
