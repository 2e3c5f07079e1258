"""The second wall: what the database shows the application, whatever a query forgets."""

import random
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from tests.api.client import Counter
from tests.api.matrix.access import to_review
from tests.api.matrix.ground import Ground
from tests.api.matrix.observation import open_notice
from tests.api.matrix.persons import numbered
from tests.api.page_rules import _question
from tests.clusters import Database
from tests.scene import Scene

WALLED = ("person_identifier", "doctor_question", "doctor_notice", "emergency_access")
AS = "SELECT set_config('app.unit_id', %s, true)"


@pytest.fixture(scope="module")
def full(scene: Scene, nurse: Counter, neighbour: Counter) -> dict[str, dict[int, int]]:
    """Rows of both units behind the wall; how many of each the owner sees."""
    for unit, asker in ((1, nurse), (2, neighbour)):
        ground = Ground(scene, asker, unit)
        numbered(ground)
        open_notice(ground)
        _question(ground)
        to_review(ground)
    return {
        table: {unit: len(_mine(scene.connection, table, unit)) for unit in (1, 2)}
        for table in WALLED
    }


def _mine(connection: Any, table: str, unit: int) -> list[Any]:
    """What is a unit's of a table, asked as the owner, from whom nothing is hidden."""
    mine = {
        "person_identifier": "person_id IN (SELECT person_id FROM person WHERE unit_id = %(u)s)",
        "emergency_access": "%(u)s IN (unit_id, person_unit_id)",
    }.get(table, "unit_id = %(u)s")
    return connection.execute(f"SELECT 1 FROM {table} WHERE {mine}", {"u": unit}).fetchall()


@pytest.mark.parametrize("table", WALLED)
def test_without_a_unit_nothing_is_seen(
    full: dict[str, dict[int, int]], shared_database: Database, table: str
) -> None:
    """H24: fail closed."""
    assert sum(full[table].values()) > 0
    with psycopg.connect(shared_database.app_url) as app:
        assert app.execute(f"SELECT 1 FROM {table}").fetchall() == []


@pytest.mark.parametrize("table", WALLED)
def test_the_wall_stands_in_the_database(scene: Scene, table: str) -> None:
    """H24: and the application's role is not one that passes it."""
    assert scene.one("SELECT relrowsecurity FROM pg_class WHERE relname = %s", table)
    assert not scene.one("SELECT rolbypassrls FROM pg_roles WHERE rolname = 'dispensing_app'")


def test_pooled_requests_with_errors_between_them_never_see_too_much(
    full: dict[str, dict[int, int]], shared_database: Database
) -> None:
    """H24: 2,000 transactions on four connections; the unit of one never reaches the next."""
    chance = random.Random(24)
    wrong = 0
    with ConnectionPool(shared_database.app_url, min_size=4, max_size=4, open=True) as pool:
        for number in range(2_000):
            unit, table = chance.choice((None, 1, 2)), chance.choice(WALLED)
            try:
                with pool.connection() as connection:
                    if unit is not None:
                        connection.execute(AS, (str(unit),))
                    seen = connection.execute(f"SELECT 1 FROM {table}").fetchall()
                    wrong += len(seen) != (0 if unit is None else full[table][unit])
                    if number % 3 == 0:
                        connection.execute("SELECT 1 / 0")
            except psycopg.errors.DivisionByZero:
                pass
    assert wrong == 0


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
