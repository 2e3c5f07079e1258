"""The commands of the audit on a small clinic: the year, its files, drafts, another rule book."""

import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from typer.testing import CliRunner, Result

from audit.history.reading import Wanted
from audit.history.replay import Replay, replay_ledger
from audit.medicinsk.indicators.m01_dose_level import DoseLevel
from audit.medicinsk.model import Period
from audit.medicinsk.year import audit
from dispensing.__main__ import app
from dispensing.demo.loading import load_demo
from dispensing.review import figures
from dosing_rules import load_book
from tests.clusters import Database

UNTIL = date(2026, 4, 20)
DAYS = ("--from", "2026-03-01", "--to", "2026-04-19")
LARGEST = """
SELECT u.code FROM person p JOIN unit u USING (unit_id) WHERE u.kind = 'clinic'
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
"""
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def clinic(shared_database: Database) -> Database:
    """Some weeks of a few people."""
    load_demo(shared_database.owner_url, people=40, days=50, until=UNTIL, seed=3, processes=1)
    return shared_database


@pytest.fixture(scope="module")
def unit(clinic: Database) -> str:
    with psycopg.connect(clinic.superuser_url) as connection:
        row = connection.execute(LARGEST).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def run(clinic: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("DATABASE_URL", clinic.app_url)
    monkeypatch.setenv("DISPENSING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    # A command makes way for the counter; the tests after it need not.
    monkeypatch.setattr("os.nice", lambda _: 0)
    return lambda *arguments: CliRunner().invoke(app, ["audit", *arguments])


def told(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def test_a_year_with_its_files_and_what_another_book_had_answered(
    run: Run, unit: str, tmp_path: Path
) -> None:
    """M22: the days' decisions asked again under a proposed rule book."""
    file, folder = tmp_path / "audit.json", tmp_path / "csv"
    files = ("--json", str(file), "--csv", str(folder))
    done = run("year", *DAYS, "--unit", unit, "--what-if", "strict-2026", *files)
    assert done.exit_code == 0, done.output
    assert "Under strict-2026" in done.output and "stricter" in done.output
    found = json.loads(file.read_text())
    (asked,) = found["what_if"]
    assert asked["book_id"] == "strict-2026" and asked["decisions"] > asked["changed"] > 0
    assert found["institution"] == unit and found["suppressed_below"] == 5
    rows = told(folder / "figures.csv")
    assert {one["indicator"] for one in rows} == {f"M{n}" for n in range(1, 23)}
    assert {one["institution"] for one in rows} >= {unit, "*"}
    assert any(one["suppressed"] == "1" for one in rows)
    assert (folder / "dictionary.csv").stat().st_size > 0
    assert file.stat().st_mode & 0o077 == 0
    again = run("year", *DAYS, "--unit", unit, "--alone", "--json", str(file))
    assert again.exit_code == 2 and "exists already" in again.output


@pytest.mark.parametrize("asking_again", [False, True])
def test_what_goes_wrong_in_the_middle_of_the_ledger_ends_the_run(
    clinic: Database, monkeypatch: pytest.MonkeyPatch, asking_again: bool
) -> None:
    """H20: a draft whose calculation fails says so, and is not at it for ever."""

    def fails(*_: object) -> None:
        raise KeyError("in the middle")

    monkeypatch.setattr(DoseLevel, "add", fails)
    monkeypatch.setattr(Replay, "ask", fails)
    ended: list[BaseException] = []

    def run() -> None:
        try:
            with psycopg.connect(clinic.auditor_url) as connection:
                if asking_again:
                    found = Replay(lambda book_id: (load_book(book_id),))
                    replay_ledger(connection, Wanted(date.min, date.max), found)
                else:
                    days = Period(date(2026, 3, 1), date(2026, 4, 19))
                    audit(connection, days, lambda book_id, _: load_book(book_id))
        except KeyError as trouble:
            ended.append(trouble)

    running = Thread(target=run, daemon=True)
    running.start()
    running.join(120)
    assert len(ended) == 1


def test_inside_hides_nothing_and_alone_counts_the_same(
    run: Run, unit: str, tmp_path: Path
) -> None:
    rows: dict[str, list[dict[str, str]]] = {}
    for name, more in (("whole", ()), ("alone", ("--alone",))):
        folder = tmp_path / name
        done = run("year", *DAYS, "--unit", unit, "--inside", *more, "--csv", str(folder))
        assert done.exit_code == 0, done.output
        rows[name] = [one for one in told(folder / "figures.csv") if one["institution"] == unit]
    assert rows["alone"] == rows["whole"]
    assert not [one for one in rows["whole"] if one["suppressed"] == "1"]


@pytest.mark.parametrize("name", ["inspection", "monthly"])
def test_files_about_people_are_their_owners_and_name_them_by_number(
    run: Run, unit: str, tmp_path: Path, clinic: Database, name: str
) -> None:
    file = tmp_path / f"{name}.csv"
    done = run(name, str(file), *DAYS, "--unit", unit)
    assert done.exit_code == 0, done.output
    assert len(told(file)) > 1 and file.stat().st_mode & 0o077 == 0
    text = file.read_text()
    with psycopg.connect(clinic.superuser_url) as connection:
        named = connection.execute("SELECT DISTINCT family_name FROM person").fetchall()
    assert not [family for (family,) in named if family in text]
    again = run(name, str(file), *DAYS, "--unit", unit)
    assert again.exit_code == 2 and "exists already" in again.output


def test_a_draft_with_a_proposed_book_keeps_both(run: Run, unit: str, clinic: Database) -> None:
    """Asked for and made by one command; the ledger names the book beside the hashes."""
    done = run("draft", *DAYS, "--unit", unit, "--what-if", "strict-2026")
    assert done.exit_code == 0, done.output
    assert "1 drafts asked for" in done.output and "1 drafts made." in done.output
    with psycopg.connect(clinic.superuser_url) as connection:
        packed, sha256 = connection.execute(
            "SELECT f.figures, d.figures_sha256 FROM audit_figures f JOIN audit_draft d"
            " USING (draft_id) ORDER BY d.draft_id DESC LIMIT 1"
        ).fetchone() or (b"", b"")
        (entry,) = connection.execute(
            "SELECT convert_from(payload, 'UTF8')::jsonb -> 'facts' FROM ledger_payload"
            " WHERE kind = 'audit-drafted' ORDER BY seq DESC LIMIT 1"
        ).fetchone() or ({},)
    assert figures.digest(packed) == sha256
    (asked,) = figures.unpacked(packed).what_if
    assert asked.book_id == entry["proposed"] == "strict-2026"
    assert asked.changed > 0 and entry["figures"] == sha256.hex()
    without = run("draft", *DAYS, "--unit", unit)
    assert without.exit_code == 0 and "1 drafts made" in without.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("year", *DAYS, "--unit", "nowhere"), "No unit of that code"),
        (("year", "--from", "2026-04-01", "--to", "2026-03-01"), "last day is before the first"),
        (("year", *DAYS, "--what-if", "no-such-book"), "no rule book 'no-such-book'"),
        (("draft",), "Name the days"),
    ],
)
def test_what_cannot_be_asked_is_said(run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2 and says in done.output and "Traceback" not in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--unit", "nowhere"), "no clinic of this code"),
        (("--what-if", "no-such-book"), "no rule book of that name is installed"),
    ],
)
def test_a_draft_that_cannot_be_asked_for_is_none(
    run: Run, clinic: Database, arguments: tuple[str, ...], says: str
) -> None:
    with psycopg.connect(clinic.superuser_url) as connection:
        before = connection.execute("SELECT count(*) FROM audit_draft").fetchone()
        done = run("draft", *DAYS, *arguments)
        assert done.exit_code != 0 and says in done.output and "Traceback" not in done.output
        assert connection.execute("SELECT count(*) FROM audit_draft").fetchone() == before
