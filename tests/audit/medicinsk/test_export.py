"""What leaves the clinic: small cells hidden with all that would give them away, texts complete."""

import csv
import io
import json
import random
from dataclasses import replace

import pytest

from audit.definitions import definitions, rules
from audit.medicinsk import texts
from audit.medicinsk.caveats import caveats
from audit.medicinsk.export import (
    COLUMNS,
    Row,
    dictionary,
    dictionary_csv,
    rows_of,
    to_csv,
    to_json,
)
from audit.medicinsk.model import Counted, Report, WhatIf
from audit.medicinsk.suppress import Group, hidden, is_small
from audit.medicinsk.year import report
from dispensing.review import figures
from tests.audit.medicinsk.by_hand import NORTH, SOUTH, YEAR, Ledger, day

LEAST = rules()["suppress_below"].value


def written(on: dict[int, str], south: dict[int, str] | None = None) -> Report:
    """North's people by number with their preparation, and south's; the report of north."""
    ledger = Ledger()
    ledger.unit(NORTH)
    ledger.unit(SOUTH)
    for unit_id, people in ((NORTH, on), (SOUTH, south or {})):
        for number, what in people.items():
            ledger.person(number, unit_id=unit_id).order(day(2, 1), 8, what)
    return report(ledger.counted(), NORTH, YEAR, ())


def people(methadone: int, buprenorphine: int, first: int = 1) -> dict[int, str]:
    named = ["methadone"] * methadone + ["buprenorphine"] * buprenorphine
    return dict(enumerate(named, first))


def of(rows: tuple[Row, ...], figure: str, measure: str, where: str = "nord") -> Row:
    found = [
        one
        for one in rows
        if (one.figure, one.measure, one.institution) == (figure, measure, where)
        and one.last == YEAR.last.isoformat()
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("count", "people", "small"),
    [
        # Zero is told; so is the limit itself; many days of few people are not.
        (0, 0, False),
        (1, 1, True),
        (LEAST - 1, LEAST - 1, True),
        (LEAST, LEAST, False),
        (365, 1, True),
        (365, LEAST, False),
    ],
)
def test_a_cell_is_small_by_its_count_or_by_the_people_behind_it(
    count: int, people: int, small: bool
) -> None:
    assert is_small(Counted(count, tuple(range(people))), LEAST) is small


def test_a_hidden_part_takes_the_next_smallest_with_it() -> None:
    found = rows_of(written(people(12, 3)))
    values = {name: of(found, "m9.on", name).value for name in ("yes", "no", "unknown", "n")}
    assert values == {"yes": None, "no": None, "unknown": 0, "n": 15}
    assert of(found, "m9.on", "percent").suppressed


def test_with_nothing_else_to_hide_the_total_goes_too() -> None:
    found = rows_of(written(people(0, 3)))
    assert of(found, "m9.on", "n").suppressed


def test_enough_people_are_told() -> None:
    found = rows_of(written(people(12, 6)))
    assert [of(found, "m9.on", name).value for name in ("yes", "no", "percent")] == [6, 12, 33]


def test_inside_the_clinic_nothing_is_hidden() -> None:
    found = rows_of(written(people(12, 3)), leaves=False)
    assert of(found, "m9.on", "yes").value == 3
    assert not any(one.suppressed for one in found)


def test_all_together_less_the_others_gives_no_institution_away() -> None:
    """North has 3; south and all together would tell it: south's is hidden as well."""
    found = rows_of(written(people(12, 3), people(20, 8, first=100)))
    assert of(found, "m9.on", "yes").suppressed
    assert of(found, "m9.on", "yes", "syd").suppressed
    assert of(found, "m9.on", "yes", "*").value == 11


def test_a_quantile_that_few_reach_is_hidden() -> None:
    found = rows_of(written(people(12, 6)))
    assert of(found, "m1.methadone", "p50").value == 8_000
    ledger = Ledger()
    ledger.unit()
    for number in range(1, 31):
        ledger.person(number).order(day(2, 1), 60 if number < 28 else 150)
    rows = rows_of(report(ledger.counted(), NORTH, YEAR, ()))
    assert of(rows, "m1.methadone", "p50").value == 60_000
    assert of(rows, "m1.methadone", "p95").suppressed


def test_no_group_can_be_solved_for_a_hidden_cell() -> None:
    """Over many random tables: what is hidden is never the only unknown of a sum."""
    chance = random.Random(3)
    for _ in range(300):
        rows, columns = chance.randrange(1, 6), chance.randrange(1, 6)
        cells = {
            (r, c): chance.choice((0, 1, 3, 5, 8, 40)) for r in range(rows) for c in range(columns)
        }
        groups = []
        for r in range(rows):
            cells[r, "n"] = sum(cells[r, c] for c in range(columns))
            groups.append(Group(tuple((r, c) for c in range(columns)), (r, "n")))
        for c in range(columns):
            cells["n", c] = sum(cells[r, c] for r in range(rows))
            groups.append(Group(tuple((r, c) for r in range(rows)), ("n", c)))
        small = [place for place, count in cells.items() if 0 < count < LEAST]
        away = hidden(cells, small, groups)
        assert away >= set(small)
        for group in groups:
            assert sum(one in away for one in (*group.parts, group.total)) != 1


def test_csv_is_separated_by_semicolons_and_json_holds_the_same() -> None:
    made = written(people(12, 3))
    rows = rows_of(made)
    lines = list(csv.DictReader(io.StringIO(to_csv(rows).decode()), delimiter=";"))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == len(rows)
    told = json.loads(to_json(made, rows))
    assert [one["value"] for one in told["rows"]] == [one.value for one in rows]
    assert told["definitions_sha256"] == made.definitions_sha256
    assert to_csv(rows) == to_csv(rows_of(written(people(12, 3))))


def test_words_of_ones_own_leave_nothing_but_how_many_they_are() -> None:
    """H24: a reason written in free text may name somebody, however many gave the same."""
    ledger = Ledger()
    ledger.unit(NORTH)
    for number in range(1, 8):
        person = ledger.person(number)
        person.lift(day(3, number), "benzodiazepine-load", "confirm", "nurse", "talt med Testmann")
    made = report(ledger.counted(), NORTH, YEAR, ())
    rows = rows_of(made)
    assert b"Testmann" not in to_csv(rows) + to_json(made, rows)
    (written_words,) = [
        one
        for one in rows
        if (one.institution, one.figure, one.row) == ("nord", "m14.reasons", "written")
    ]
    assert written_words.value == 7
    # Inside the clinic the doctor reads them; of another institution nobody does.
    assert b"Testmann" in to_csv(rows_of(made, leaves=False))
    kept = figures.unpacked(figures.kept(replace(made, others=(made.figures,))))
    own, other = kept.figures.indicator("M14"), kept.others[0].indicator("M14")
    assert own.table("m14.reasons").rows == ("talt med Testmann",)
    assert other.table("m14.reasons").rows == ("written",)
    assert kept.whole.indicator("M14").table("m14.reasons").rows == ("written",)


def test_few_decisions_under_another_book_are_not_told_outside() -> None:
    asked = WhatIf("strict-2026", "ab" * 32, 900, 7, 3, (("ecg-overdue", 6, 1),))
    made = replace(written(people(12, 3)), what_if=(asked,))
    (outside,) = json.loads(to_json(made, rows_of(made)))["what_if"]
    assert (outside["decisions"], outside["changed"], outside["unknown"]) == (900, 7, None)
    assert outside["by_rule"] == [["ecg-overdue", 6, None]]
    (inside,) = json.loads(to_json(made, rows_of(made), leaves=False))["what_if"]
    assert inside["unknown"] == 3 and inside["by_rule"] == [["ecg-overdue", 6, 1]]


def test_an_export_names_nobody() -> None:
    made = written(people(12, 3))
    text = to_csv(rows_of(made, leaves=False)) + to_json(made, rows_of(made))
    assert b"Testesen" not in text and b'people":[' not in text


def test_the_dictionary_has_every_column_indicator_and_figure_of_the_rows() -> None:
    known = {(one["kind"], one["id"]) for one in dictionary()}
    rows = rows_of(written(people(12, 3)))
    assert {("column", one) for one in COLUMNS} <= known
    assert {("indicator", one.indicator) for one in rows} <= known
    assert {("figure", one.figure) for one in rows} <= known
    assert dictionary_csv().decode().count("\r\n") == len(known) + 1


def test_everything_a_report_holds_has_a_danish_name() -> None:
    made = written(people(12, 3))
    for indicator in made.figures.indicators:
        for one in (
            *indicator.shares,
            *indicator.distributions,
            *indicator.tables,
            *indicator.rates,
            *indicator.amounts,
        ):
            assert texts.figure(one.key)
        for one in (*indicator.shares, *indicator.distributions, *indicator.tables):
            assert texts.unit(one.unit)
        for note in caveats(made.figures, indicator):
            assert "%(" not in texts.note(note)


def test_the_table_of_texts_names_no_figure_that_is_not_there() -> None:
    made = written(people(1, 1))
    keys = {
        one.key
        for indicator in made.figures.indicators
        for one in (
            *indicator.shares,
            *indicator.distributions,
            *indicator.tables,
            *indicator.rates,
            *indicator.amounts,
        )
    }
    assert set(texts.texts()["figure"]) == keys


def test_every_indicator_has_its_definition_with_source_and_standing() -> None:
    known = definitions()
    assert list(known) == [f"M{number}" for number in range(1, 23)]
    for one in known.values():
        assert one.name and one.counts and one.of and one.unknown and one.source
        assert one.confirmed_by == ""
    assert {name for name, one in known.items() if one.target is not None} == {
        "M7",
        "M8",
        "M11",
        "M14",
        "M20",
    }


def test_small_n_and_the_unknown_are_said_beside_the_figure() -> None:
    made = written(people(2, 1))
    notes = [one.key for one in caveats(made.figures, made.figures.indicator("M9"))]
    assert notes == ["note.small-n"]
    notes = [one.key for one in caveats(made.figures, made.figures.indicator("M12"))]
    assert "note.unknown" in notes
