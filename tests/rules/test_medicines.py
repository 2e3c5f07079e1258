"""What every listed medicine is beside an opioid, one code of each group (CT-09 to CT-13)."""

import re
from typing import get_args

import pytest

from dosing_rules.medicines import MedicineKind, kinds_of
from dosing_rules.substance_tables import SUBSTANCE_TABLES

KINDS = {
    "N07BB04": "antagonist",
    "N07BB05": "antagonist",
    "A08AA62": "antagonist",
    "N02AD01": "antagonist",
    "N02AF01": "antagonist",
    "N02AE01": "antagonist",
    "N07BC01": "buprenorphine substitution",
    "N07BC51": "buprenorphine substitution",
    "N07BC02": "methadone substitution",
    "N07BC06": "diacetylmorphine substitution",
    "N07BC05": "substitution",
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
    "N03AA02": "inducer sedating",
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
    "N02AA56": "antagonist sedating",
    "A02BD04": "inhibitor qt",
    "A02BD05": "inhibitor qt",
    "A02BD06": "inhibitor qt",
    "A02BD07": "inhibitor qt",
    "A02BD09": "inhibitor qt",
    "A02BD11": "inhibitor qt",
    "A02BD12": "inhibitor qt",
    "A02BD14": "inhibitor qt",
    "H02CA03": "inhibitor qt",
    "H02CA04": "inhibitor qt",
    "J01FA15": "inhibitor qt",
    "J01RA10": "inhibitor qt",
    "J01RA11": "inhibitor qt",
    "J01RA12": "inhibitor qt",
    "J02AB01": "inhibitor qt",
    "A01AB09": "inhibitor",
    "A07AC01": "inhibitor",
    "J05AE01": "inhibitor",
    "J05AP52": "inhibitor",
    "J05AP53": "inhibitor",
    "J05AR09": "inhibitor",
    "J05AR10": "inhibitor",
    "J05AR14": "inhibitor",
    "J05AR15": "inhibitor",
    "J05AR18": "inhibitor",
    "J05AR22": "inhibitor",
    "J05AR23": "inhibitor",
    "J05AR26": "inhibitor",
    "V03AX03": "inhibitor",
    "J04AB04": "inducer",
    "J04AB05": "inducer",
    "J04AM02": "inducer",
    "J04AM05": "inducer",
    "J04AM06": "inducer",
    "J04AM07": "inducer",
    "J05AR05": "inducer",
    "J05AR06": "inducer",
    "J05AR07": "inducer",
    "J05AR11": "inducer",
    "N03AB05": "inducer",
    "N03AB52": "inducer",
    "N03AA01": "inducer sedating",
    "N05CA01": "inducer sedating",
    "N05CB01": "inducer sedating",
    "N02AB01": "sedating",
    "N02AC01": "sedating",
    "N02AG01": "sedating",
    "N02AJ01": "sedating",
    "N02AX01": "sedating",
    "N05CC01": "sedating",
    "N07XX04": "sedating",
    "R05DA01": "sedating",
    "R05FA01": "sedating",
    "J05AE30": "inhibitor",
    "J02AB02": "inhibitor qt",
    "N02AB03": "sedating",
    "N02AX02": "sedating",
    "N02AJ13": "sedating",
    "N02AX06": "sedating",
    "R05DA04": "sedating",
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
ROWS = SUBSTANCE_TABLES["medicines"]


def test_each_group_names_its_source_and_each_code_once() -> None:
    """H13: data a doctor can read, every code with a name, none said twice, each tried here."""
    codes = [code for row in ROWS for code in row["codes"]]
    assert len(codes) == len(set(codes))
    for row in ROWS:
        assert re.match(r"CT-\d\d", row["source"]), row
        assert set(row["kinds"]) <= set(get_args(MedicineKind))
        assert all(row["codes"].values())
    for code in codes:
        assert re.fullmatch(r"[A-Z][0-9]{2}[A-Z]{2}([0-9]{2})?", code)
        assert any(tried.startswith(code) for tried in KINDS), code


@pytest.mark.parametrize(
    ("named", "codes"),
    [
        ("azoles", "J02AB02 J02AC01 J02AC03 H02CA03 A07AC01"),
        ("erythromycin, clarithromycin", "J01FA01 J01FA09 A02BD06"),
        ("ritonavir", "J05AE03 J05AE30 J05AR10 J05AR23 J05AR26 J05AP53"),
        ("cobicistat", "V03AX03 J05AR09 J05AR14 J05AR15 J05AR18 J05AR22"),
        ("fluvoxamine, ciprofloxacin", "N06AB08 J01MA02 J01RA10"),
        ("rifampicin", "J04AB02 J04AM02 J04AM05 J04AM06"),
        ("carbamazepine, phenytoin", "N03AF01 N03AB02 N03AB05"),
        ("phenobarbital, St John's wort", "N03AA02 N03AA03 N05CA24 N06AX25"),
        ("efavirenz, nevirapine", "J05AG01 J05AG03 J05AR06 J05AR05"),
    ],
)
def test_every_name_of_the_guideline_row_is_met(named: str, codes: str) -> None:
    """H18: CT-11, alone and in the combinations it is sold in."""
    for code in codes.split():
        assert (kinds_of(code) or frozenset()) & {"inhibitor", "inducer"}, (named, code)


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
