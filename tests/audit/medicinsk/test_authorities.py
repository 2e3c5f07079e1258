"""Files for authorities: every dose with time, kind, amount, indication; the courses of a month."""

from audit.medicinsk.authorities import INSPECTION, MONTHLY, inspection, monthly, to_csv
from audit.medicinsk.model import Period
from audit.medicinsk.places import Places
from audit.medicinsk.told import TOLD
from audit.medicinsk.told_units import UNIT_TOLD
from audit.medicinsk.year import lives
from tests.audit.medicinsk.by_hand import NORTH, SOUTH, YEAR, Ledger, book_of, day

MARCH = Period(day(3, 1), day(3, 31))


def told(ledger: Ledger) -> tuple[list[object], Places]:
    lines = ledger.told()
    places = Places(book_of)
    places.tell([UNIT_TOLD.decode(one) for one in lines.pop(None)])
    people = [(who, [TOLD.decode(one) for one in lines[who]]) for who in lines if who is not None]
    return list(lives(people, places, {})), places


def small() -> Ledger:
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH)
    person = ledger.person(1, day(2, 1), contact=day(1, 28))
    person.assess(day(2, 1))
    person.order(day(2, 1))
    person.give(day(3, 1), 40, home=[day(3, 2), day(3, 3)])
    person.give(day(4, 1))
    ledger.person(2, day(2, 1), SOUTH).give(day(3, 1))
    ledger.person(3, day(2, 1)).end(day(3, 10), "moved")
    ledger.person(4, day(1, 1, 2025)).end(day(2, 28), "completed")
    return ledger


def test_an_inspection_sees_every_dose_of_the_cabinet_in_the_period() -> None:
    found, places = told(small())
    rows = list(inspection(found, places, MARCH, NORTH))  # type: ignore[arg-type]
    start = ("nord", 1, "2026-03-01T09:00:00+00:00")
    assert rows == [
        (*start, "supervised", day(3, 1), "methadone", 40_000, "F11.2"),
        (*start, "take-home", day(3, 2), "methadone", 80_000, "F11.2"),
        (*start, "take-home", day(3, 3), "methadone", 80_000, "F11.2"),
    ]
    assert all(len(row) == len(INSPECTION) for row in rows)


def test_a_dose_taken_back_was_never_given() -> None:
    ledger = small()
    ledger.people[1].take_back(1, day(3, 1))
    found, places = told(ledger)
    assert list(inspection(found, places, MARCH, NORTH)) == []  # type: ignore[arg-type]


def test_the_month_has_every_course_that_ran_in_it_as_it_stood_at_its_end() -> None:
    found, places = told(small())
    rows = list(monthly(found, places, MARCH, NORTH))  # type: ignore[arg-type]
    assert rows == [
        ("nord", 1, day(1, 28), day(2, 1), day(3, 1), "methadone", 80_000, None, "in-treatment"),
        ("nord", 3, None, day(2, 1), None, None, None, day(3, 10), "moved"),
    ]
    assert all(len(row) == len(MONTHLY) for row in rows)


def test_the_file_comes_in_pieces_and_is_empty_where_nothing_is_known() -> None:
    found, places = told(small())
    rows = monthly(found, places, YEAR, SOUTH)  # type: ignore[arg-type]
    text = b"".join(to_csv(MONTHLY, rows)).decode()
    assert text.splitlines() == [
        ";".join(MONTHLY),
        "syd;2;;2026-02-01;2026-03-01;;;;in-treatment",
    ]
