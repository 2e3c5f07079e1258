"""Values made quickly are the values themselves: same class, same fields, as unchangeable."""

from dataclasses import FrozenInstanceError, fields

import pytest

from dosing_rules import Claim, DoseAsked, Observed, Request
from dosing_rules.quick_values import QuickClaim, QuickDose, QuickRequest
from tests.rules.test_history import at, home, on
from tests.spec.standard import METHADONE

HERE = DoseAsked(on(0), 1, 40_000, "supervised")
SUPPLY = (HERE, DoseAsked(on(0), 2, 40_000, "supervised"), *home(1, 2, 2), *home(-1, ug=70_000))
SEEN = (Observed(), Observed(affected=False), Observed(affected=False, withdrawal_cows=3))


def same(made: object, ordinary: object) -> None:
    """Equal in every field, the derived ones included, and closed to change."""
    assert type(made) is type(ordinary) and made == ordinary and hash(made) == hash(ordinary)
    for field in fields(ordinary):  # type: ignore[arg-type]
        assert getattr(made, field.name) == getattr(ordinary, field.name), field.name
        with pytest.raises(FrozenInstanceError):
            setattr(made, field.name, None)


def test_a_dose_and_a_claim() -> None:
    same(QuickDose(on(1), 2, 5_000, "take_home"), DoseAsked(on(1), 2, 5_000, "take_home"))
    told = (on(1), 2, 5_000, "supervised", "given", 7, at(1))
    same(QuickClaim(*told), Claim(*told))


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("doses", [(), (HERE,), tuple(home(3)), tuple(home(-3)), SUPPLY])
def test_a_request_with_all_it_derives(doses: tuple[DoseAsked, ...], seen: Observed) -> None:
    asked = (at(0), on(0), 1, doses, METHADONE, 4, 2, frozenset({"card"}), seen)
    same(QuickRequest(*asked), Request(*asked))  # type: ignore[arg-type]


def test_what_a_request_derives_of_many_doses() -> None:
    """One of each kind, home and here apart, micrograms by day, first and last day."""
    asked = QuickRequest(at(0), on(0), 1, SUPPLY, METHADONE, 4, 2, frozenset(), SEEN[1])
    assert asked.supervised == SUPPLY[:2] and asked.take_home == SUPPLY[2:]
    assert asked.weighed == (*SUPPLY[:3], SUPPLY[5])
    by_day = {on(-1): 70_000, on(0): 80_000, on(1): 80_000, on(2): 160_000}
    assert asked.asked_by_day == by_day
    assert (asked.first_day, asked.last_day, asked.seen_well) == (on(-1), on(2), True)
