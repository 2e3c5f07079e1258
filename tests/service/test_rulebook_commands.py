"""`dispensing rulebook`: read, compare, validate and sign a book, as its author meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dispensing.__main__ import app
from dispensing.commands.book_reading import number_texts
from dosing_rules import load_book
from dosing_rules.rulebook import installed_books
from tests.rules.books import content, local, number

SIGNING = ("--doctor", "Dr. Eksempel", "--authorisation", "0ABC1", "--date", "2026-11-20", "--yes")


@pytest.fixture
def signatures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which this service keeps signatures."""
    folder = tmp_path / "signatures"
    monkeypatch.setenv("DISPENSING_SIGNATURES_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "250")
    return folder


def rulebook(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rulebook", *arguments])


def unbroken(said: str) -> str:
    """What was said, wherever the screen broke its lines."""
    return re.sub(r"\s+", "", said)


def test_every_book_is_listed_and_shown(signatures: Path) -> None:
    """Each number with value, who says it, standing and source; the tables in words."""
    listed = rulebook("list").output
    for book_id in installed_books():
        assert book_id in listed
        shown = rulebook("show", book_id, "--language", "en")
        assert shown.exit_code == 0
        book = load_book(book_id)
        told = unbroken(shown.output)
        assert book.sha256 in told
        for name in book.limits:
            assert name in told
        count = len(book.limits)
        assert unbroken(f"{count} of {count} numbers are not confirmed") in told
    au = unbroken(rulebook("show", "au-2003").output)
    for line in (
        "4 days missed: begin with at most 40 mg or, if lower, 50 % of the dose before",
        "buprenorphine: 6 days missed with more than 8 mg: begin with at most 8 mg",
        "before day 90 of treatment at most 0 days",
    ):
        assert unbroken(line) in au
    broendby = rulebook("show", "dk-broendby", "--language", "en").output
    then = "methadone: 4 days missed: doctor, then 3 supervised days in a row"
    assert unbroken(then) in unbroken(broendby)


def test_two_books_side_by_side(signatures: Path) -> None:
    """Only what differs, a default told as such; a book beside itself differs in nothing."""
    different = rulebook("diff", "uk", "nz").output
    assert "methadone_week_increase_ug" in different
    assert "nz: 10 mg · not confirmed, from strict-2026" in different
    assert "- methadone: 5 days missed: stop" in different
    assert "methadone_step_ug" not in different
    assert "_ug" not in rulebook("diff", "uk", "uk").output


def test_a_danish_book_reads_in_danish_and_whole(
    signatures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a narrow screen too: no name, source or value is cut. Weak and inherited are said."""
    monkeypatch.setenv("COLUMNS", "80")
    shown = rulebook("show", "dk-novavi").output
    told = unbroken(shown)
    book = load_book("dk-novavi")
    for name, limit in book.limits.items():
        assert unbroken(number_texts()[name][0]) in told
        assert name in told and unbroken(limit.source) in told
    assert "Metadon: standses fra så mange oversprungne dage" in shown
    assert "ikke bekræftet, fra strict-2026" in shown
    danish = rulebook("show", "dk-crk-2026").output
    assert "sidste dag med dosis" in danish
    first = (
        "første depot efter 12 mg til 16 mg om dagen under tungen: ugentligt 24 mg eller månedligt"
    )
    assert first in re.sub(r"\s+", " ", danish)
    assert "svagt husket kilde" not in shown
    assert "weakly remembered source" in rulebook("show", "us").output
    assert rulebook("show", "us", "--language", "tysk").exit_code == 2


def test_every_number_of_every_book_is_said_in_both_languages() -> None:
    names = {name for book_id in installed_books() for name in load_book(book_id).limits}
    assert set(number_texts()) == names
    for name, said in number_texts().items():
        danish, english = said
        assert danish and english and (danish != english or name.startswith("depot")), name


def test_an_unknown_book_is_refused(signatures: Path) -> None:
    for command in (["show", "nowhere"], ["diff", "uk", "nowhere"], ["sign", "nowhere", *SIGNING]):
        refused = rulebook(*command)
        assert refused.exit_code == 1
        assert "no rule book 'nowhere'" in refused.output


def test_a_sound_file_is_valid(tmp_path: Path, signatures: Path) -> None:
    file = tmp_path / "local.toml"
    file.write_bytes(local(number("methadone_step_ug", "5", "mg")))
    done = rulebook("validate", str(file))
    assert done.exit_code == 0
    assert "local: 1 numbers of its own" in done.output


def test_every_error_of_a_file_is_named_with_its_line(tmp_path: Path, signatures: Path) -> None:
    """And the command fails, so that a script notices."""
    file = tmp_path / "local.toml"
    file.write_bytes(
        local(number("methadone_step_ug", "5", "h"), number("take_home_days", "7.5", "days"))
    )
    done = rulebook("validate", str(file))
    assert done.exit_code == 1
    assert f"{file}:7: methadone_step_ug must be written in mg or ug" in done.output
    assert f"{file}:14: take_home_days must be a whole number" in done.output
    assert rulebook("validate", str(tmp_path / "missing.toml")).exit_code == 1


def test_a_signature_is_a_file_of_its_own(signatures: Path) -> None:
    """H10: the book's bytes stay; from then on its numbers show as confirmed, no other book's."""
    before = content("uk")
    done = rulebook("sign", "uk", *SIGNING)
    assert done.exit_code == 0, done.output
    assert content("uk") == before
    (file,) = signatures.iterdir()
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "book": "uk",
        "sha256": load_book("uk").sha256,
        "doctor": "Dr. Eksempel",
        "authorisation": "0ABC1",
        "signed_on": "2026-11-20",
    }
    assert all(limit.confirmed for limit in load_book("uk", signatures).limits.values())
    assert not any(limit.confirmed for limit in load_book("nz", signatures).limits.values())
    assert "is signed already" in rulebook("sign", "uk", *SIGNING).output


def test_what_is_signed_is_said_before_it_is_signed(signatures: Path) -> None:
    """How many numbers, how many of them inherited; without a yes nothing is written."""
    command = ["rulebook", "sign", "dk-novavi", *SIGNING[:-1]]
    asked = CliRunner().invoke(app, command, input="n\n")
    book = load_book("dk-novavi")
    inherited = f"alle {len(book.limits)} tal i dk-novavi, heraf {len(book.defaulted)} fra strict"
    assert unbroken(inherited) in unbroken(asked.output)
    assert book.sha256 in unbroken(asked.output) and "Nothing was signed" in asked.output
    assert not signatures.exists()
    assert CliRunner().invoke(app, command, input="y\n").exit_code == 0
    assert load_book("dk-novavi", signatures).limits["methadone_step_ug"].confirmed


def test_a_signature_needs_name_authorisation_and_day(signatures: Path) -> None:
    nobody = rulebook("sign", "uk", *SIGNING[2:], "--doctor", " ")
    assert nobody.exit_code == 2
    assert rulebook("sign", "uk", *SIGNING[:4], "--date", "yesterday").exit_code == 2
    to_come = rulebook("sign", "uk", *SIGNING[:4], "--date", "2936-11-20", "--yes")
    assert to_come.exit_code == 2 and "is still to come" in to_come.output
    for book_id, made_up in (("uk", "hest"), ("dk-crk-2026", "0ABC12"), ("dk-crk-2026", "HESTE")):
        refused = rulebook("sign", book_id, *SIGNING, "--authorisation", made_up)
        assert refused.exit_code == 2 and "no authorisation id" in refused.output
    assert not signatures.exists()
    signatures.write_text("in the way")
    assert "Cannot write" in rulebook("sign", "uk", *SIGNING).output
