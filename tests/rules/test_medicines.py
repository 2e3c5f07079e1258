"""What every listed medicine is beside an opioid, one code of each group (CT-09 to CT-13)."""

import pytest

from dosing_rules.medicines import kinds_of

KINDS = {
    "N07BB04": "antagonist",
    "N07BB05": "antagonist",
    "A08AA62": "antagonist",
    "N02AD01": "antagonist",
    "N02AF01": "antagonist",
    "N02AE01": "antagonist",
    "N06AF01": "maoi",
    "N06AG01": "maoi",
    "N04BD01": "maoi",
    "J01XX08": "maoi",
    "N05AD01": "qt",
    "N05AE04": "qt",
    "N05AF03": "qt",
    "N05AH04": "qt",
    "N06AA01": "qt",
    "N06AB04": "qt",
    "N06AB10": "qt",
    "J01FA10": "qt",
    "J01MA14": "qt",
    "C01BD01": "qt",
    "C07AA07": "qt",
    "A04AA01": "qt",
    "P01BA01": "qt",
    "J02AC01": "inhibitor qt",
    "J01FA01": "inhibitor qt",
    "J01FA09": "inhibitor qt",
    "J01MA02": "inhibitor qt",
    "J05AE03": "inhibitor",
    "N06AB08": "inhibitor",
    "J04AB02": "inducer",
    "N03AF01": "inducer",
    "N03AB02": "inducer",
    "N03AA02": "inducer",
    "N06AX25": "inducer",
    "J05AG01": "inducer",
    "J05AG03": "inducer",
    "N02BF01": "gabapentinoid",
    "N03AX12": "gabapentinoid",
    "N03AX16": "gabapentinoid",
    "N05BA01": "benzodiazepine",
    "N05CD01": "benzodiazepine",
    "N05CF01": "benzodiazepine",
    "N03AE01": "benzodiazepine",
    "N02AA01": "sedating",
    "N05CM01": "sedating",
    "R06AD01": "sedating",
    "M03BX01": "sedating",
    # Nothing that matters here: another of the same group, or of a neighbouring one.
    "N07BB03": "",
    "N05AD02": "",
    "N06AB03": "",
    "J01FA02": "",
    "C07AA05": "",
    "N05CH01": "",
    "N03AX11": "",
    "M03BX02": "",
    "A10BA02": "",
}


@pytest.mark.parametrize("atc", list(KINDS))
def test_what_a_medicine_does(atc: str) -> None:
    """H13 H18: antagonist, MAO inhibitor, QT, raising or lowering methadone, sedating."""
    assert " ".join(sorted(kinds_of(atc) or ())) == KINDS[atc]


@pytest.mark.parametrize(
    "atc", ["", "N05BA", "N05BA011", "n05ba01", "N05BA0١", "diazepam", " N05BA01", "N05BA01\n", "?"]
)
def test_what_is_no_code_might_be_anything(atc: str) -> None:
    """H13: garbled is not harmless."""
    assert kinds_of(atc) is None
