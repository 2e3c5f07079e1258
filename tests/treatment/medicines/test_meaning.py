"""What a medicine means beside what is ordered, by the rules' own table."""

import pytest

from dispensing.treatment.medicines.meaning import meanings
from dispensing.treatment.medicines.names import NAMES, code_of
from dispensing.treatment.sedatives.load import is_sedative
from dosing_rules.medicines import kinds_of


@pytest.mark.parametrize(
    ("atc", "own", "said"),
    [
        ("A10BA02", ("methadone",), ()),
        ("N05AH04", ("methadone",), ("qt",)),
        ("N05AH04", ("buprenorphine",), ()),
        ("J01FA09", ("methadone",), ("inhibitor", "qt")),
        ("N03AA02", ("methadone",), ("sedating", "inducer")),
        ("N03AA02", ("buprenorphine",), ("sedating",)),
        ("N02BF02", ("buprenorphine",), ("sedating",)),
        ("N07BB04", ("buprenorphine",), ("antagonist",)),
        ("N07BC02", ("methadone",), ()),
        ("N07BC02", ("diacetylmorphine",), ("other-substitution",)),
        ("N07BC02", ("diacetylmorphine", "methadone"), ()),
        ("N05AH04", (), ("qt",)),
        (None, ("methadone",), ("unread",)),
    ],
)
def test_what_it_does_is_said_where_it_does_it(
    atc: str | None, own: tuple[str, ...], said: tuple[str, ...]
) -> None:
    """H13: the gravest first; what matters for methadone alone is not said beside buprenorphine."""
    assert meanings(atc, own) == said


def test_what_was_stopped_says_only_what_goes_on() -> None:
    assert meanings("J01XX08", ("methadone",), stopped=True) == ("maoi",)
    assert meanings("N05AH04", ("methadone",), stopped=True) == ()
    assert meanings("J01FA09", ("methadone",), stopped=True) == ("inhibitor",)


def test_every_known_name_has_a_code_that_can_be_read_and_belongs_on_this_list() -> None:
    assert all(kinds_of(code) is not None and not is_sedative(code) for code in NAMES)
    assert len(set(NAMES.values())) == len(NAMES)
    assert code_of(" Quetiapin ") == "N05AH04" and code_of("noget") is None
