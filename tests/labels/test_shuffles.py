"""Ten thousand mornings of a shared label printer: whatever comes out in whatever order, no label
on the wrong package and no old label is ever given out with a dose."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from dispensing.counter.label_scan import live_labels, scanned_back
from dispensing.counter.store import PrintedLabel, Reservation
from dispensing.errors import Conflict
from dispensing.labels.codes import RANDOM_BYTES, new_code

ON = date(2026, 11, 27)
MORNINGS = 10_000


def reservation(number: int, labels: list[PrintedLabel]) -> Reservation:
    doses = tuple((label.for_on, label.part, 80_000, "take_home") for label in labels)
    return Reservation(
        reservation_id=number,
        person_id=number,
        unit_id=1,
        day=ON,
        prescription_id=1,
        prescription_version=1,
        product_code="metadon-1",
        bottle_id=1,
        doses=doses,
        lifts=(),
        reserved_at=datetime(2026, 11, 27, 8, tzinfo=UTC),
        outcome=None,
        resolved_at=None,
        resolved_by=None,
        reversed=False,
        vomited=False,
        given=(),
        observation=None,
        states=("reserved",),
        labels=tuple(labels),
    )


def morning(chance: random.Random) -> list[Reservation]:
    """Two to four people with labels printed, some printed again."""
    made = []
    for number in range(chance.randint(2, 4)):
        labels: list[PrintedLabel] = []
        for ahead in range(1, chance.randint(2, 4)):
            prints = chance.choice((1, 1, 1, 2, 3))
            for print_no in range(1, prints + 1):
                code = new_code(chance.randbytes(RANDOM_BYTES))
                day = ON + timedelta(days=ahead)
                void = print_no < prints
                labels.append(PrintedLabel(code, day, 1, print_no, void, False))
        made.append(reservation(number, labels))
    return made


def test_no_swapped_or_old_label_ever_passes() -> None:
    """H16: all labels printed that morning fall in a heap and are stuck on by chance."""
    chance = random.Random(20261127)
    passed = stopped = 0
    for _ in range(MORNINGS):
        people = morning(chance)
        heap = [label.code for one in people for label in one.labels]
        chance.shuffle(heap)
        for one in people:
            right = {label.code for label in live_labels(one)}
            # Mostly the right ones: a swap is rare, and must be seen all the same.
            stuck = list(right) if chance.random() < 0.6 else heap[: len(right)]
            chance.shuffle(stuck)
            if chance.random() < 0.3:
                stuck[chance.randrange(len(stuck))] = chance.choice(heap)
            try:
                told = scanned_back(one, stuck, "when_printed", told=False)
            except Conflict as conflict:
                assert set(stuck) != right
                wrong = set(stuck) - right
                old = {label.code for label in one.labels if label.void}
                slugs = {"label-voided"} if wrong and wrong <= old else {"label-of-another"}
                slugs |= {"label-voided"} if wrong & old else set()
                assert conflict.type_slug in (slugs if wrong else {"labels-not-scanned"})
                stopped += 1
            else:
                assert set(stuck) == right == set(told)
                passed += 1
    assert passed > MORNINGS / 2 and stopped > MORNINGS / 2


def test_a_written_reason_never_lets_a_wrong_label_through() -> None:
    """H16: it excuses a label that is missing."""
    chance = random.Random(7)
    for _ in range(200):
        one, other, *_ = morning(chance)
        foreign = live_labels(other)[0].code
        with pytest.raises(Conflict, match="another hand-out"):
            scanned_back(one, [foreign], "never", told=True, without="the scanner is broken")
        assert scanned_back(one, [], "when_printed", told=False, without="printer broken") == ()
