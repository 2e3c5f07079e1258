"""The second wall: what the database shows the application, whatever a query forgets."""

import random
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from dispensing.second_wall import WALLED
from tests.api.client import Counter
from tests.api.matrix.access import opened
from tests.api.matrix.ground import Ground
from tests.api.walls import OPEN, fill, rows_of
from tests.clusters import Database
from tests.scene import Scene

AS = "SELECT set_config('app.unit_id', %s, true)"
NAMES_A_PERSON = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND a.attname = 'person_id' AND NOT a.attisdropped
UNION SELECT k.conrelid::regclass::text FROM pg_constraint k
WHERE k.contype = 'f' AND k.confrelid::regclass::text = ANY (%s)
"""
# With its owner's rights a function passes the wall; what each of them looks at, and why.
PASSES = {
    "holder_of_number": "who has a number, in whichever unit: an id",
    "label_of_code": "of which hand-out a code is: the code of one label, which nobody guesses",
    "opened_here": "whether the unit has one person open in an emergency: yes or no",
    "paper_conflicts_open": "how many conflicts a unit has to settle: a number",
    "paper_in_use": "whether a unit hands out from paper, or paper holds a dose of the person",
    "guests_end_with_right": "a trigger: days end with the right, whoever moves it",
    "rows_still_giving": "which rows of valid lists still give to one person: two numbers",
    "move_right": "moves the right to one person, which the holder was asked for",
    "arrangement_decided": "looks at who decided an arrangement, and at its number",
    "calendar_decided": "looks at who decided about a calendar, and at its number",
    "indkald_agreed": "looks at who agreed, at the person's other periods and at free places",
    "indkald_noted": "looks at who writes a record of an indkald: of the unit, and may",
    "audit_open": "whether a report is the row's unit's and not signed: refuses a row",
    "audit_read_before": "whether what is signed was read by another: refuses a signature",
    "guest_decided": "looks at who decided, at the days and what is taken; reads nothing out",
    "supply_day_decided": "a trigger: who decided, the days and what is taken; reads nothing out",
    "supply_ends_with_right": "a trigger: days at a pharmacy end with the right, as a guest's do",
    "right_stays_for_guests": "whether one person is somebody's guest just now: refuses a move",
    "course_begins": "a trigger: where a person is treated follows from the signed course",
    "person_is_corrected": "a trigger: a name or birth date follows from its signed record",
    "course_ends": "a trigger: a course ends with its signed record, no dose left open",
    "away_begins": "a trigger: whoever is away has the right there, no dose left open",
    "away_ends": "a trigger: the right lies again where it lay, with the signed return",
    "nobody_away_after_enrolment": "a trigger: another course begins here, not there",
    "move_offer_open": "whether an offer is answered: yes or no",
    "one_move_offer": "a trigger: looks at the person's other offers; reads nothing out",
    "move_answered": "a trigger: person and right move with the signed acceptance",
    "machine_client_is_staff": "a trigger: a registered client gets its row of staff, no doctor's",
    "ledger_append": "the ledger has no policies; nobody but these writes it",
    "ledger_append_many": "as above",
    "ledger_erase": "as above",
    "ledger_open_chain": "as above",
    "ledger_add_checkpoint": "adds what the signer signed: hashes and sizes",
    "ledger_add_cosignature": "as above, of a witness",
    "ledger_add_succession": "as above, where a log goes on as another",
    "restoration_begins": "stops every unit's hand-outs: lets nothing through, reads nothing out",
    "restoration_state": "how many units wait, and since when none does: a number and a moment",
    "restoration_answered": "since when what a person has answered for was in doubt: a moment",
}
Full = dict[str, dict[int, set[str]]]


@pytest.fixture(scope="module")
def full(scene: Scene, nurse: Counter, neighbour: Counter) -> Full:
    """Rows of two units in every table behind the wall, as the owner sees them."""
    fill(scene, nurse, 1)
    fill(scene, neighbour, 2)
    return {table: {unit: rows_of(scene, table, unit) for unit in (1, 2)} for table in WALLED}


def _seen(connection: Any, table: str, unit: int | None) -> set[str]:
    if unit is not None:
        connection.execute(AS, (str(unit),))
    return {ctid for (ctid,) in connection.execute(f"SELECT ctid::text FROM {table}")}


def test_every_table_that_names_a_person_is_walled_or_says_why_not(scene: Scene) -> None:
    """H24: asked of the catalogue, so that a new table is on one list or the other."""
    asked = [["person", *WALLED]]
    named = {name for (name,) in scene.connection.execute(NAMES_A_PERSON, asked).fetchall()}
    assert named - set(WALLED) - set(OPEN) == set()
    assert set(WALLED) & set(OPEN) == set()
    on = "SELECT relname FROM pg_class WHERE relrowsecurity"
    assert {name for (name,) in scene.connection.execute(on).fetchall()} == set(WALLED)


@pytest.mark.parametrize("table", WALLED)
def test_without_a_unit_nothing_is_seen(full: Full, shared_database: Database, table: str) -> None:
    """H24: fail closed."""
    assert full[table][1] and full[table][2]
    with psycopg.connect(shared_database.app_url) as app:
        assert _seen(app, table, None) == set()


@pytest.mark.parametrize("table", WALLED)
def test_a_unit_sees_its_own_rows_and_none_of_anothers(
    full: Full, shared_database: Database, table: str
) -> None:
    """H24: all of its own, too: what is hidden must not look as if it had not been."""
    for unit in (1, 2):
        with psycopg.connect(shared_database.app_url) as app:
            assert _seen(app, table, unit) == full[table][unit]


@pytest.mark.parametrize("table", WALLED)
def test_without_a_unit_nothing_is_written(
    full: Full, shared_database: Database, table: str
) -> None:
    """H24: a row that nobody could see cannot be put behind the wall either."""
    with psycopg.connect(shared_database.owner_url) as owner:
        row = owner.execute(f"SELECT to_jsonb(t) FROM {table} t LIMIT 1").fetchone()
        written = owner.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid ="
            " %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''",
            (table,),
        ).fetchone()
    assert row is not None and written is not None
    columns = written[0]
    refused = pytest.raises(
        psycopg.errors.InsufficientPrivilege,
        match=r"row-level security|this is signed now|is written whole",
    )
    with psycopg.connect(shared_database.app_url) as app, refused:
        app.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"
            f" FROM jsonb_populate_record(NULL::{table}, %s)",
            (psycopg.types.json.Jsonb(row[0]),),
        )


def test_pooled_requests_with_errors_between_them_never_see_too_much(
    full: Full, shared_database: Database
) -> None:
    """H24: 4,000 transactions on four connections; the unit of one never reaches the next."""
    chance = random.Random(24)
    wrong = 0
    tables = tuple(WALLED)
    with ConnectionPool(shared_database.app_url, min_size=4, max_size=4, open=True) as pool:
        for number in range(4_000):
            unit, table = chance.choice((None, 1, 2)), chance.choice(tables)
            try:
                with pool.connection() as connection:
                    wrong += _seen(connection, table, unit) != full[table].get(unit or 0, set())
                    if number % 3 == 0:
                        connection.execute("SELECT 1 / 0")
            except psycopg.errors.DivisionByZero:
                pass
    assert wrong == 0


def test_what_passes_the_wall_does_so_by_name(scene: Scene) -> None:
    """H24: a function with its owner's rights is on the list, and nobody else may call it."""
    found = scene.run(
        "SELECT proname, has_function_privilege('dispensing_auditor', oid, 'EXECUTE') FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'"
        "::regtype UNION SELECT proname, false FROM pg_proc WHERE prosecdef"
        " AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for name, _ in found} == set(PASSES)
    assert not [name for name, others_too in found if others_too]


def test_who_moves_takes_along_what_was_written_of_them(
    scene: Scene, nurse: Counter, neighbour: Counter, shared_database: Database
) -> None:
    """H24, H12: begun at one unit and seen at both, so that nobody is observed by nobody."""
    person = scene.person()
    scene.indkald(person)
    reservation = nurse.given(person)
    mine = f"SELECT 1 FROM observation WHERE reservation_id = {reservation}"
    for holder, seen_by in ((1, {1}), (2, {1, 2})):
        scene.run(
            "UPDATE person SET right_holder_unit_id = %s WHERE person_id = %s", holder, person
        )
        for unit in (1, 2):
            with psycopg.connect(shared_database.app_url) as app:
                app.execute(AS, (str(unit),))
                assert bool(app.execute(mine).fetchall()) == (unit in seen_by), (holder, unit)


def test_whoever_has_a_person_open_in_an_emergency_sees_what_was_written_of_them(
    scene: Scene, nurse: Counter, neighbour: Counter, shared_database: Database
) -> None:
    """H24, H02: for the hour, and no longer."""
    person = opened(Ground(scene, nurse))
    neighbour.reserve(person, observed={"affected": True})
    mine = f"SELECT 1 FROM refusal WHERE person_id = {person}"
    for minutes_left, seen in ((60, True), (-1, False)):
        scene.run(
            "UPDATE emergency_access SET opened_at = opened_at - interval '2 hours',"
            " until_at = now() + make_interval(mins => %s) WHERE person_id = %s",
            *(minutes_left, person),
        )
        with psycopg.connect(shared_database.app_url) as app:
            app.execute(AS, ("1",))
            assert bool(app.execute(mine).fetchall()) == seen


def test_a_number_of_another_unit_is_still_found_taken(
    scene: Scene, nurse: Counter, neighbour: Counter
) -> None:
    """H07, H24: the wall hides rows, not facts: nobody gets a second record by it."""
    from tests.api.numbers import a_number

    number = a_number()
    theirs, ours = scene.person(2), scene.person()
    body = {"number": number}
    done = neighbour.send("POST", f"/people/{theirs}/identifiers", body)
    assert done.status_code == 201, done.text
    answer = nurse.send("POST", f"/people/{ours}/identifiers", body)
    assert answer.json()["type"] == "/problems/number-taken"
