"""A rule book is complete, sourced and honest about its standing, or it does not load."""

import dataclasses
from pathlib import Path

import pytest

from dosing_rules import load_book, rulebook
from dosing_rules.rulebook import NUMBER_NAMES, RuleBookError, parse_book
from dosing_rules.substance_tables import SUBSTANCE_BYTES
from tests.rules.books import changed, content

BOOK = load_book("dk-crk-2026")


def test_every_number_has_unit_source_and_standing() -> None:
    """No number without its source; none is confirmed before a doctor has signed."""
    assert set(BOOK.limits) == set(NUMBER_NAMES) | BOOK.rows.names()
    for limit in BOOK.limits.values():
        assert limit.unit
        assert limit.source
        assert limit.confirmed is False
    for name in NUMBER_NAMES:
        assert BOOK.limits[name].value == getattr(BOOK, name)


def test_numbers_are_in_base_units() -> None:
    """10 mg is 10,000 micrograms, 20 hours 1,200 minutes, 0.05 ml 50 microlitres."""
    assert BOOK.methadone_step_ug == 10_000
    assert BOOK.restart["methadone"][0][0].ug == 30_000
    assert BOOK.interval_daily_minutes == 1_200
    assert BOOK.measurable_step_ul == 50
    assert BOOK.alcohol_doctor_permille_milli == 500
    assert BOOK.missed_days_anchor == "last_covered"
    assert BOOK.missed_days_inclusive is False


def test_the_hash_is_that_of_the_bytes() -> None:
    """One changed byte is another book."""
    same = parse_book(content())
    assert same == BOOK
    assert len(BOOK.sha256) == 64
    assert parse_book(content() + b"\n").sha256 != BOOK.sha256


def test_the_hash_covers_the_tables_of_substances(monkeypatch: pytest.MonkeyPatch) -> None:
    """H10 H18: a signature means what the medicines do as well; it is undone with the table."""
    monkeypatch.setattr(rulebook, "SUBSTANCE_BYTES", SUBSTANCE_BYTES + b"\n")
    assert parse_book(content()).sha256 != BOOK.sha256


def test_a_book_cannot_be_changed() -> None:
    """Numbers are read, never set."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        BOOK.take_home_days = 30  # type: ignore[misc]


def test_a_confirmation_needs_a_name_and_a_date() -> None:
    """H10: half a signature is an error, a whole one is shown."""
    signed = changed("take_home_days", confirmed_by='"Dr. Eksempel"', confirmed_on="2026-11-20")
    assert parse_book(signed).limits["take_home_days"].confirmed is True
    for half in (
        changed("take_home_days", confirmed_by='"Dr. Eksempel"'),
        changed("take_home_days", confirmed_on="2026-11-20"),
        changed("take_home_days", confirmed_on='"last week"'),
    ):
        with pytest.raises(RuleBookError, match="take_home_days"):
            parse_book(half)


@pytest.mark.parametrize("name", NUMBER_NAMES)
def test_a_missing_number_stops_the_load(name: str) -> None:
    """A hole would be met at the counter; it is met at the start instead."""
    with pytest.raises(RuleBookError, match=name):
        parse_book(changed(name, rename="somebody_elses_number"))


@pytest.mark.parametrize(
    "edit",
    [
        {"value": "7.5"},
        {"value": "-1"},
        {"value": '"NaN"'},
        {"value": '"seven"'},
        {"value": '"7,5"'},
        {"value": "true"},
        {"value": "[7]"},
        {"unit": '"mg"'},
        {"unit": '"weeks"'},
        {"source": '""'},
        {"source": None},
        {"value": None},
    ],
)
def test_a_broken_number_stops_the_load(edit: dict[str, str | None]) -> None:
    """Floats, signs, other units and missing sources are refused by name."""
    with pytest.raises(RuleBookError, match="take_home_days"):
        parse_book(changed("take_home_days", **edit))


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("missed_days_anchor", {"value": '"whenever"'}),
        ("missed_days_anchor", {"value": "3"}),
        ("missed_days_inclusive", {"value": "1"}),
        ("missed_days_inclusive", {"unit": '"days"'}),
    ],
)
def test_a_broken_policy_stops_the_load(name: str, edit: dict[str, str | None]) -> None:
    """Policies have their own few words."""
    with pytest.raises(RuleBookError, match=name):
        parse_book(changed(name, **edit))


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\xff\xfe",
        b"id = ",
        b'id = "x"\ntitle = "x"\njurisdiction = "DK"\nvalid_from = 2026-01-01\n',
        b'id = "x"\ntitle = "x"\njurisdiction = "DK"\nvalid_from = 2026-01-01\nnumbers = 3\n',
        content().replace(b"valid_from = 2026-01-01", b'valid_from = "soon"'),
        content().replace(b'jurisdiction = "DK"', b'jurisdiction = ""'),
        content() + b"\n[numbers.of_another_country]\nvalue = 1\n",
        content().replace(b"[numbers.take_home_days]", b"[numbers]\ntake_home_days = 7\n[other]"),
    ],
)
def test_a_broken_file_stops_the_load(broken: bytes) -> None:
    """Not TOML, no header, no numbers, numbers too many: no book."""
    with pytest.raises(RuleBookError):
        parse_book(broken)


def test_a_file_must_hold_the_book_it_is_named_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renamed file is not another book."""
    (tmp_path / "rulebooks").mkdir()
    (tmp_path / "rulebooks" / "dk-copy.toml").write_bytes(content())
    monkeypatch.setattr(rulebook, "files", lambda _: tmp_path)
    with pytest.raises(RuleBookError, match="dk-crk-2026"):
        load_book("dk-copy")


@pytest.mark.parametrize("book_id", ["", "nowhere", "../dk-crk-2026", "dk/crk", "dk-crk-2026.toml"])
def test_an_unknown_book_is_refused(book_id: str) -> None:
    """A book is found by id only, never by a path."""
    with pytest.raises(RuleBookError):
        load_book(book_id)


@pytest.mark.parametrize("book_id", ["../rulebooks/dk-crk-2026", "./dk-crk-2026", "", "-", "a.b"])
def test_an_id_is_no_path(book_id: str) -> None:
    """A book is named, never reached by a way through folders."""
    with pytest.raises(RuleBookError, match="not a rule book id"):
        rulebook.packaged_book(book_id)


def test_without_a_table_for_the_first_day_back_the_missed_days_say_when_a_course_begins() -> None:
    """H11: the substance's own rows; those of diacetylmorphine, the strictest, for any other."""
    book = dataclasses.replace(BOOK, restart={})
    assert book.restart_days("methadone") == BOOK.limits["methadone_missed_doctor_days"].value
    assert book.restart_days("buprenorphine") == (
        BOOK.limits["buprenorphine_missed_doctor_days"].value
    )
    strictest = BOOK.limits["diacetylmorphine_missed_stop_days"].value
    assert book.restart_days("diacetylmorphine") == strictest
    assert book.restart_days("morphine") == strictest
    assert BOOK.restart_days("methadone") == BOOK.limits["methadone_restart_days"].value
