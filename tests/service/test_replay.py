"""A synthetic year asked again: under its own book byte for byte, under others with a list."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from audit.history.reading import Wanted, read_people, read_units
from audit.history.replay import (
    BookDiffers,
    Changed,
    Replay,
    decisions,
    replay_ledger,
)
from audit.history.spelling import Spelling, verdict_bytes
from audit.history.telling import Decision
from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import ERASURE_KIND, Entry, canonical_json, seal
from dispensing.__main__ import app
from dispensing.demo import courses, fates, observation, year
from dispensing.demo.loading import load_demo
from dosing_rules import DoseAsked, Patient, check_dispensing, load_book
from dosing_rules.person_history import PersonHistory
from dosing_rules.rulebook import parse_book
from tests.clusters import Database
from tests.rules.books import changed

UNTIL = date(2026, 4, 20)
ALL_DAYS = Wanted(date.min, date.max)
BOOK = load_book("dk-crk-2026")


@pytest.fixture(scope="module")
def ordinary(shared_database: Database) -> Database:
    """Half a year and more of 120 people."""
    load_demo(shared_database.owner_url, people=120, days=200, until=UNTIL, seed=25, processes=1)
    return shared_database


@pytest.fixture
def eventful(database: Database) -> Database:
    """People to whom in six weeks happens what otherwise takes years."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fates, "CHANCES", dict.fromkeys(fates.CHANCES, 0.02))
        patch.setattr(year, "_UNUSUAL", 0.13)
        patch.setattr(courses, "_LEAVE", 0.03)
        patch.setattr(observation, "_LEAVES_EARLY", 0.5)
        load_demo(database.owner_url, people=150, days=42, until=UNTIL, seed=11, processes=1)
    return database


def own_book(book_id: str) -> Any:
    return (load_book(book_id),)


def replayed(database: Database, other: str | None = None, wanted: Wanted = ALL_DAYS) -> Any:
    """What a replay finds, and every decision that ``other`` changes."""
    listed: list[Changed] = []
    replay = Replay(own_book, load_book(other) if other else None, listed.append)
    with psycopg.connect(database.auditor_url) as connection:
        replay_ledger(connection, wanted, replay)
    return replay.found, listed


def count(database: Database, where: str) -> int:
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM ledger_payload WHERE {where}").fetchone()
    return row[0] if row else 0


DECISIONS = "kind IN ('handout-reserved', 'handout-refused-by-rules')"


def test_every_decision_of_the_year_gets_the_same_verdict_byte_for_byte(
    ordinary: Database,
) -> None:
    """H03, H11, H15, H17: depots, sessions, thrice weekly, indkald, restarts: facts from the ledger
    alone are the facts the decision stood on."""
    found, _ = replayed(ordinary)
    assert found.decisions == count(ordinary, DECISIONS) > 8_000
    assert found.agreed == found.decisions, found.differences[:5]


def test_what_else_becomes_of_doses_is_replayed_as_well(eventful: Database) -> None:
    """H06, H23: returned, declined, spilled, partial, vomited and reversed, many times."""
    found, _ = replayed(eventful)
    assert found.agreed == found.decisions == count(eventful, DECISIONS), found.differences[:5]
    assert count(eventful, "kind = 'handout-reversed'") > 10
    assert count(eventful, "kind = 'vomited'") > 10


def test_the_year_holds_every_kind_of_treatment(ordinary: Database) -> None:
    """The proof above says something only if what it speaks of is there."""
    products: Counter[str] = Counter()
    styles: Counter[str] = Counter()
    with psycopg.connect(ordinary.auditor_url) as connection:
        units = read_units(connection)
        for one in decisions(read_people(connection, ALL_DAYS), units, ALL_DAYS):
            assert isinstance(one, Decision) and one.patient is not None
            order = one.patient.prescription
            if order is not None:
                products[f"{order.product.substance} {order.product.form}"] += 1
                styles["weekday pattern" if order.weekday_ug else "daily"] += 1
                styles["parts" if len(order.parts_ug) > 1 else "whole"] += 1
            styles["indkald"] += bool(one.patient.indkald and one.patient.indkald.days)
            styles["steps"] += bool(one.patient.steps)
            styles["closed days"] += bool(one.patient.unit and one.patient.unit.closed_on)
            styles["licence"] += bool(one.patient.unit and one.patient.unit.licences)
            styles[json.loads(one.verdict)["severity"]] += 1
    assert {
        "buprenorphine depot",
        "methadone oral_solution",
        "buprenorphine sublingual_tablet",
    } <= (set(products))
    assert any(product.startswith("diacetylmorphine") for product in products)
    wanted = ("weekday pattern", "parts", "indkald", "steps", "closed days", "licence", "stop")
    assert all(styles[name] for name in (*wanted, "inform", "doctor", "allow")), styles


def test_facts_kept_up_to_date_are_those_built_anew(
    ordinary: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every decision of the year, every field and everything derived from it."""
    names = [one.name for one in fields(Patient) if one.name != "unsettled_claims"]
    compared = nights = 0
    kept_now = PersonHistory.now

    def both(self: PersonHistory, *told: Any, doses: Sequence[DoseAsked], **about: Any) -> Patient:
        nonlocal compared, nights
        kept = kept_now(self, *told, doses=doses, **about)
        built = self.facts(*told, **about).asked_of(doses)
        nights += kept.at_night
        for name in names:
            assert getattr(kept, name) == getattr(built, name), name
        assert tuple(kept.unsettled_claims) == tuple(built.unsettled_claims)
        compared += 1
        return kept

    monkeypatch.setattr(PersonHistory, "now", both)
    found, _ = replayed(ordinary)
    assert found.agreed == compared > 8_000
    assert nights > 100


@pytest.mark.parametrize(("other", "way"), [("dk-novavi", "milder"), ("uk", "stricter")])
def test_another_book_changes_what_asking_it_changes(
    ordinary: Database, other: str, way: str
) -> None:
    """How many, whom, and by which rules: counted here once more, plainly."""
    found, listed = replayed(ordinary, other)
    tally = found.tally
    assert found.differing == 0
    assert len(listed) == tally.decisions == sum(tally.answers.values()) > 0
    assert {one.decision.person_id for one in listed} == tally.people
    assert tally.directions()[way] > 0  # type: ignore[index]
    rules = Counter((one.rule_id, one.before, one.after) for line in listed for one in line.changes)
    assert rules == tally.rules
    book, plain = load_book(other), 0
    with psycopg.connect(ordinary.auditor_url) as connection:
        units = read_units(connection)
        for one in decisions(read_people(connection, ALL_DAYS), units, ALL_DAYS):
            assert isinstance(one, Decision) and one.request and one.patient
            now = {
                (finding.rule_id, finding.severity.word)
                for finding in check_dispensing(one.request, one.patient, book).findings
            }
            then = {
                (finding["rule_id"], finding["severity"])
                for finding in json.loads(one.verdict)["findings"]
            }
            plain += now != then
    assert plain == tally.decisions


def test_days_and_a_unit_limit_what_is_asked_and_not_the_facts(ordinary: Database) -> None:
    """The history before the first day is told all the same."""
    march = Wanted(date(2026, 3, 1), date(2026, 3, 31))
    found, _ = replayed(ordinary, wanted=march)
    in_march = f"{DECISIONS} AND on_day BETWEEN '2026-03-01' AND '2026-03-31'"
    assert found.agreed == found.decisions == count(ordinary, in_march) > 0
    of_unit, _ = replayed(ordinary, wanted=Wanted(march.first, march.last, 4))
    assert of_unit.agreed == count(ordinary, f"{in_march} AND unit_id = 4") > 0


def test_a_verdict_is_spelled_as_the_ledger_spells_it(ordinary: Database) -> None:
    """The quick spelling and the canonical one are the same bytes, Danish letters included."""
    seen, spelling = set[str](), Spelling()
    with psycopg.connect(ordinary.auditor_url) as connection:
        units = read_units(connection)
        for one in decisions(read_people(connection, ALL_DAYS), units, ALL_DAYS):
            assert isinstance(one, Decision) and one.request and one.patient
            verdict = check_dispensing(one.request, one.patient, BOOK)
            assert verdict_bytes(verdict) == canonical_json(verdict.as_dict())
            assert spelling.bytes_of(verdict) == verdict_bytes(verdict)
            seen |= {finding.rule_id for finding in verdict.findings}
    assert len(seen) > 10


def erase(database: Database, where: str) -> None:
    """Erase the payloads of entries, as the law may ask for, with the entry that names them."""
    with psycopg.connect(database.owner_url) as connection:
        for chain_id, seqs in connection.execute(
            f"SELECT chain_id, array_agg(seq) FROM ledger_payload WHERE {where} GROUP BY chain_id"
        ).fetchall():
            named = Entry(ERASURE_KIND, facts={"seqs": seqs})
            asked = append_parameters(seal(named, bytes(32)), chain_id)
            row = connection.execute(APPEND_SQL, asked).fetchone()
            assert row is not None
            connection.execute("SELECT ledger_erase(%s, %s, %s)", (chain_id, seqs, row[0]))


def test_what_is_erased_is_counted_as_unknown_and_never_as_agreed(eventful: Database) -> None:
    """H24: an erased decision cannot be asked, and one that stood on an erased fact is unknown."""
    with psycopg.connect(eventful.owner_url) as connection:
        row = connection.execute(
            f"SELECT person_id, count(*) FROM ledger_payload WHERE {DECISIONS}"
            " GROUP BY 1 HAVING count(*) > 20 ORDER BY 1 LIMIT 2"
        ).fetchall()
    (first, of_first), (second, of_second) = row
    erase(eventful, f"person_id = {first} AND kind = 'prescription-signed'")
    last = (
        f"(SELECT max(person_seq) FROM ledger_payload WHERE person_id = {second} AND {DECISIONS})"
    )
    erase(eventful, f"person_id = {second} AND person_seq = {last}")
    found, _ = replayed(eventful)
    assert (found.erased, found.unknown, found.differing) == (1, of_first, 0)
    assert found.agreed == found.decisions - 1 - of_first
    assert of_second > 1


def test_a_book_whose_bytes_are_others_is_refused(ordinary: Database) -> None:
    """Not asked by other numbers under the same name, and not passed over."""
    edited = parse_book(changed("take_home_days", value="5"))
    replay = Replay(lambda book_id: (edited,))
    with (
        psycopg.connect(ordinary.auditor_url) as connection,
        pytest.raises(BookDiffers, match="dk-crk-2026 with SHA-256"),
    ):
        replay_ledger(connection, ALL_DAYS, replay)


def test_a_signature_given_later_is_no_difference(ordinary: Database) -> None:
    """The numbers then stood unconfirmed; a doctor's word since then changes none of them."""
    from dosing_rules.rulebook import Signature, confirmed

    signature = Signature(BOOK.id, BOOK.sha256, "Bo Kjær", "0X1Y2", UNTIL)
    signed = confirmed(BOOK, signature)
    replay = Replay(lambda book_id: (signed, BOOK))
    with psycopg.connect(ordinary.auditor_url) as connection:
        replay_ledger(connection, ALL_DAYS, replay)
    assert replay.found.differing == 0 and replay.found.agreed > 8_000


def test_memory_does_not_grow_with_the_entries(ordinary: Database) -> None:
    """Ten times the entries take no more than a few hundred thousand bytes more."""

    def peak(wanted: Wanted) -> tuple[int, int]:
        tracemalloc.start()
        try:
            found, _ = replayed(ordinary, wanted=wanted)
            return found.decisions, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(ALL_DAYS)  # What is loaded and remembered once.
    few, small = peak(Wanted(date.min, date(2025, 10, 16)))
    many, large = peak(ALL_DAYS)
    assert many > 10 * few > 0
    assert large < small + 2_000_000


# The command


@pytest.fixture
def command(ordinary: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    monkeypatch.setenv("DATABASE_URL", ordinary.app_url)
    monkeypatch.setenv("DISPENSING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["replay", *arguments])

    yield run


def test_the_command_says_that_all_agree_and_lists_what_another_book_changes(
    command: Any, tmp_path: Path
) -> None:
    """Exit code 0, a summary by rule without anybody in it, and a file of one's own with whom."""
    file = tmp_path / "changes.jsonl"
    done = command("--book", "uk", "--json", str(file))
    assert done.exit_code == 0, done.output
    assert "get the recorded answer, byte for byte" in done.output
    told = re.search(r"uk would have answered (\d+) decisions about (\d+) people", done.output)
    assert told is not None and "take-home-above-limit" in done.output
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == int(told[1])
    assert len({line["person_id"] for line in lines}) == int(told[2])
    assert {rule["direction"] for line in lines for rule in line["rules"]} >= {"stricter"}
    assert file.stat().st_mode & 0o077 == 0
    assert "person" not in done.output
    again = command("--book", "uk", "--json", str(file))
    assert again.exit_code == 2 and "exists already" in again.output


def test_another_book_may_be_a_file_of_ones_own(command: Any, tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_bytes(changed("methadone_high_ug", value="60"))
    done = command("--book", str(file), "--from", "2026-03-01", "--to", "2026-03-31")
    assert done.exit_code == 0, done.output
    assert "stricter" in done.output
    file.write_bytes(b"not = a book")
    broken = command("--book", str(file))
    assert broken.exit_code == 2 and "not a TOML file" in broken.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--book", "no-such-book"), "no rule book 'no-such-book'"),
        (("--book", "missing.toml"), "Cannot read missing.toml"),
        (("--unit", "nowhere"), "No unit of that code"),
        (("--json", "x.jsonl"), "name it with --book"),
        (("--from", "yesterday"), "yesterday"),
    ],
)
def test_what_cannot_be_asked_is_said(command: Any, arguments: tuple[str, ...], says: str) -> None:
    done = command(*arguments)
    assert done.exit_code == 2 and says in done.output
    assert "Traceback" not in done.output


def test_a_planted_difference_ends_the_command_with_one(
    eventful: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One finding recorded otherwise than it was found: named by place, day and rule."""
    with psycopg.connect(eventful.owner_url) as connection:
        connection.execute("ALTER TABLE ledger_payload DISABLE TRIGGER only_erased")
        connection.execute(
            "UPDATE ledger_payload SET payload = convert_to(replace(convert_from(payload, 'UTF8'),"
            " '\"qtc_ms\":4', '\"qtc_ms\":5'), 'UTF8') WHERE (person_id, person_seq) IN (SELECT"
            " person_id, min(person_seq) FROM ledger_payload WHERE kind = 'care-recorded'"
            " AND convert_from(payload, 'UTF8') LIKE '%\"qtc_ms\":4%' GROUP BY 1 ORDER BY 1"
            " LIMIT 1)"
        )
    monkeypatch.setenv("DATABASE_URL", eventful.app_url)
    monkeypatch.setenv("DISPENSING_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(app, ["replay"])
    assert done.exit_code == 1
    assert "ANOTHER answer under their own book" in done.output and "qtc" in done.output
