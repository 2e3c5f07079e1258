"""The database's feed gives the same figures as the same ledger in memory, and proves its range."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from audit.ledger.checkpoint import checkpoint_text
from audit.ledger.entry import ERASURE_KIND, Entry, seal
from audit.ledger.logbook import Logbook
from audit.ledger.signer import sign_all
from audit.ledger.tree import root_of
from audit.medicinsk.checkpoints import with_signed
from audit.medicinsk.feed import LedgerChanged, ranges_now
from audit.medicinsk.model import Report
from audit.medicinsk.year import UnknownUnit, audit
from tests.audit.ledgers import append, erase, open_chain
from tests.audit.medicinsk.by_hand import (
    CHEMIST,
    NAMES,
    NORTH,
    SOUTH,
    YEAR,
    Ledger,
    book_of,
    counts,
    day,
    grid,
)
from tests.clusters import Database


def a_bit_of_everything() -> Ledger:
    ledger = Ledger()
    for unit_id in (NORTH, SOUTH, CHEMIST):
        ledger.unit(unit_id)
    for number in range(1, 9):
        unit_id = SOUTH if number > 5 else NORTH
        person = ledger.person(
            number, day(2, number), unit_id, contact=day(2, 1), before="never", born=day(1, 1, 1990)
        )
        person.offer(day(2, number), "accepted" if number % 2 else "not_offered")
        person.order(day(2, number), 60 + number, "buprenorphine" if number % 3 else "methadone")
        person.arrange(day(2, number))
        person.give(day(2, number), 20, begins=True)
        person.daily(day(3, 1), day(3, 20))
        person.give(day(3, 21), home=[day(3, 22), day(3, 23)], unit_id=CHEMIST)
        person.care(day(3, 1), sedatives_high_ug=number * 5_000, taper_state="informed")
        person.lift(day(3, 2), "too-soon", "stop", "doctor")
        # A quiet reservation and an observation of no period: the server leaves them out.
        person.tell("handout-reserved", day(3, 3), reservation=1, lifts=[], observed=[])
        person.tell("observation-signed", day(3, 3), state="completed", indkald_day=None)
        person.miss(day(3, 24))
    ledger.people[2].end(day(5, 1), "dead", day(4, 30))
    ledger.people[7].end(day(6, 1), "moved")
    ledger.person(7, day(6, 1), NORTH).order(day(6, 1), 70)
    ledger.erase(ledger.people[3].give(day(6, 2)))
    # Told of in the new year, about days of the old one: known now.
    ledger.people[4].end(day(1, 5, 2027), "dead", day(12, 29))
    taken_back = ledger.people[5].give(day(12, 30))
    facts = ledger.entries[taken_back].facts
    ledger.people[5].tell("handout-reversed", day(1, 2, 2027), reservation=facts["reservation"])
    # Not so an end that came later.
    ledger.people[8].end(day(1, 7, 2027), "moved")
    ledger.of_unit("package-traced", day(6, 1), label="L")
    lines = [[1, "bottle", 1, 5, 5, 0]]
    ledger.of_unit("stock-counted", day(6, 1), SOUTH, count=1, place=["counter", 1], lines=lines)
    return ledger


@pytest.fixture(scope="module")
def kept(shared_database: Database) -> Iterator[tuple[Database, Ledger]]:
    ledger, chance = a_bit_of_everything(), random.Random(7)
    gone: list[tuple[int, int]] = []
    with psycopg.connect(shared_database.app_url) as connection:
        chains = {unit: open_chain(connection, NAMES[unit]) for unit in (NORTH, SOUTH, CHEMIST)}
        open_chain(connection, NAMES[NORTH], "views")
        for place, entry in enumerate(ledger.entries):
            assert entry.unit_id is not None
            chain = chains[entry.unit_id]
            seq = append(connection, seal(entry, chance.randbytes(32)), chain)[0]
            if place in ledger.erased:
                gone.append((chain, seq))
        for chain, seq in gone:
            named = Entry(ERASURE_KIND, actor_id=1, facts={"seqs": [seq], "reason": "asked"})
            by = append(connection, seal(named, chance.randbytes(32)), chain)[0]
            connection.commit()
            erase(shared_database.superuser_url, chain, [seq], by)
    yield shared_database, ledger


def audited(database: Database, **asked: object) -> Report:
    with psycopg.connect(database.auditor_url) as connection:
        return audit(connection, YEAR, book_of, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", [NORTH, SOUTH, None])
def test_the_database_gives_what_memory_gives(
    kept: tuple[Database, Ledger], unit: int | None
) -> None:
    database, ledger = kept
    found = audited(database, code=None if unit is None else NAMES[unit])
    assert found.figures == ledger.figures(unit)
    assert found.figures.erased == (0 if unit == SOUTH else 1)


def test_a_death_of_the_year_told_of_in_the_next_is_in_the_statistic(
    kept: tuple[Database, Ledger],
) -> None:
    """No year's mortality lacks those who died in its last days."""
    database, _ = kept
    deaths = audited(database, code="nord").figures.indicator("M19").rate("m19.rate").events
    assert deaths.people == (2, 4)


@pytest.mark.parametrize("code", ["nord", "syd"])
def test_one_institution_alone_has_the_same_figures(
    kept: tuple[Database, Ledger], code: str
) -> None:
    database, _ = kept
    beside, alone = audited(database, code=code), audited(database, code=code, alone=True)
    assert alone.figures == beside.figures
    assert alone.others == ()


def test_the_same_ledger_gives_the_same_report_and_a_later_entry_another(
    kept: tuple[Database, Ledger],
) -> None:
    database, ledger = kept
    first = audited(database, code="nord")
    assert audited(database, code="nord") == first
    late = ledger.people[1]
    late.end(day(12, 1), "expelled")
    with psycopg.connect(database.app_url) as connection:
        append(connection, seal(ledger.entries[-1], bytes(32)), first.ledger[0].chain_id)
    now = audited(database, code="nord")
    assert grid(now.figures.indicator("M17").table("m17.ever"))["expelled"] == {"n": 1}
    # As the ledger stood when it was signed, it is the report it was.
    assert audited(database, code="nord", at=first.ledger) == first
    assert counts(now.figures.indicator("M17").share("m17.kept")) == (0, 0, 0)


def test_a_range_that_the_ledger_does_not_hold_is_refused(kept: tuple[Database, Ledger]) -> None:
    database, _ = kept
    with psycopg.connect(database.auditor_url) as connection:
        ranges = ranges_now(connection)
    forged = (replace(ranges[0], head_hash="0" * 64), *ranges[1:])
    with pytest.raises(LedgerChanged):
        audited(database, at=forged)


def test_a_code_that_no_chain_tells_of_is_refused(kept: tuple[Database, Ledger]) -> None:
    with pytest.raises(UnknownUnit):
        audited(kept[0], code="findes-ikke")


def test_the_report_names_the_newest_signed_checkpoint_of_its_own_chain(
    kept: tuple[Database, Ledger], tmp_path: Path
) -> None:
    """H23: computed anew from the entries; another institution's is not read."""
    database, _ = kept
    book = Logbook(tmp_path / "signer")
    book.begin("ledger.test", (bytes(32), bytes(32)))
    with psycopg.connect(database.signer_url) as signing:
        sign_all(signing, book)
    own, *others = audited(database, code="nord").ledger
    with psycopg.connect(database.auditor_url) as reading:
        rows = reading.execute(
            "SELECT hash FROM ledger_entry WHERE chain_id = %s ORDER BY seq", (own.chain_id,)
        ).fetchall()
    assert own.signed is not None
    assert (own.signed.origin, own.signed.size) == ("ledger.test/nord/clinical", own.last_seq)
    assert own.signed.root == root_of([bytes(leaf) for (leaf,) in rows]).hex()
    assert [one.signed for one in others] == [None] * len(others)


def test_a_checkpoint_that_does_not_fit_is_printed_nowhere(database: Database) -> None:
    """H23: whoever has the signer's role can add one; the figures do not stand on it."""
    with psycopg.connect(database.app_url) as connection:
        chain = open_chain(connection, "nord")
        append(connection, seal(Entry("day-closed", unit_id=1, actor_id=7), bytes(32)), chain)
    for note in (f"{checkpoint_text('ledger.test/nord/clinical', 1, bytes(32))}\n", "nonsense"):
        with psycopg.connect(database.signer_url) as lying:
            lying.execute(
                "SELECT ledger_add_checkpoint(%s::smallint, %s, 1, %s, %s)",
                (chain, note[:30], bytes(32), note),
            )
        with psycopg.connect(database.auditor_url) as connection, pytest.raises(LedgerChanged):
            with_signed(connection, ranges_now(connection), lambda _: True, LedgerChanged)
