"""The service refuses a database it cannot trust, and says why in Danish and English."""

from __future__ import annotations

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import psycopg
import pytest
import typer

from dispensing.commands import schema
from dispensing.migrations import revisions
from dispensing.second_wall import WALLED
from dispensing.self_check import APPEND_ONLY, NotFitToRun, look, self_check
from tests.clusters import Database


def codes(url: str, **arguments: object) -> list[str]:
    try:
        self_check(url, **arguments)  # type: ignore[arg-type]
    except NotFitToRun as unfit:
        assert all(found.danish and found.english for found in unfit.findings)
        return [found.code for found in unfit.findings]
    return []


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


def test_a_migrated_database_is_fit(shared_database: Database) -> None:
    assert codes(shared_database.app_url) == []


def test_the_service_never_runs_as_owner_or_superuser(shared_database: Database) -> None:
    assert codes(shared_database.owner_url) == ["role-owner"]
    assert codes(shared_database.superuser_url) == ["role-superuser", "role-bypasses-rls"]


def test_asynchronous_commit_is_refused(database: Database) -> None:
    """H05: acknowledged hand-outs could vanish in a crash and be given again."""
    run(
        database.superuser_url,
        f"ALTER DATABASE {database.name} SET synchronous_commit TO off",
    )
    assert codes(database.app_url) == ["synchronous-commit-off"]


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_pages_is_refused(shared_database: Database, name: str) -> None:
    """H05."""
    try:
        run(shared_database.superuser_url, f"ALTER SYSTEM SET {name} TO off")
        reload_until(shared_database, name, "off")
        assert codes(shared_database.app_url) == [f"{name.replace('_', '-')}-off"]
    finally:
        run(shared_database.superuser_url, f"ALTER SYSTEM RESET {name}")
        reload_until(shared_database, name, "on")


def reload_until(database: Database, name: str, wanted: str) -> None:
    for _ in range(200):
        run(database.superuser_url, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.02)")
        with psycopg.connect(database.superuser_url) as connection:
            row = connection.execute(f"SHOW {name}").fetchone()  # type: ignore[arg-type]
        if row == (wanted,):
            return
    raise AssertionError(f"{name} did not become {wanted}")


def test_time_zone_data_that_disagree_are_refused(shared_database: Database) -> None:
    """H03, H19: a switch of clocks known to one side only moves doses to another day."""
    without_summer_time = timezone(timedelta(hours=1))
    assert codes(shared_database.app_url, zone=without_summer_time) == ["time-zone-differs"]
    switches_elsewhere = ZoneInfo("Europe/Chisinau")
    assert codes(shared_database.app_url, zone=switches_elsewhere) == ["time-zone-differs"]


def test_a_missing_migration_and_a_newer_database_are_refused(database: Database) -> None:
    """H27: old code on a new schema, or new code on an old one, hands nothing out."""
    run(database.owner_url, f"UPDATE alembic_version SET version_num = '{revisions()[0]}'")
    assert codes(database.app_url) == ["migration-missing"]
    run(database.owner_url, "UPDATE alembic_version SET version_num = '9999_from_the_future'")
    assert codes(database.app_url) == ["database-newer"]


def test_an_empty_database_is_refused(database: Database) -> None:
    run(database.owner_url, "DROP TABLE alembic_version")
    assert "migration-missing" in codes(database.app_url)


def test_a_missing_extension_is_refused(database: Database) -> None:
    run(database.superuser_url, "DROP EXTENSION btree_gist CASCADE")
    assert codes(database.app_url) == ["extension-missing"]


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
def test_a_role_that_may_change_what_happened_is_refused(database: Database, right: str) -> None:
    """H23: records only grow."""
    run(database.owner_url, f"GRANT {right} ON administration TO dispensing_app")
    assert codes(database.app_url) == ["append-only-open"]


def test_a_right_on_a_single_column_is_noticed(database: Database) -> None:
    """H23."""
    run(database.owner_url, "GRANT UPDATE (amount_ug) ON administration TO dispensing_app")
    assert codes(database.app_url) == ["append-only-open"]


def broken(database: Database, *statements: str) -> list[str]:
    """What the service finds after ``statements``, which are then taken back."""
    with psycopg.connect(database.superuser_url) as connection:
        for statement in (*statements, "SET LOCAL ROLE dispensing_app"):
            connection.execute(statement)  # type: ignore[arg-type]
        found = [finding.code for finding in look(connection)]
        connection.rollback()
    return found


@pytest.mark.parametrize("table", WALLED)
def test_a_table_whose_wall_is_down_is_refused(shared_database: Database, table: str) -> None:
    """H24: nothing would show an error; it would show another unit's people."""
    down = f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
    assert broken(shared_database, down) == ["wall-off"]


@pytest.mark.parametrize(
    "policy", [f"{name} ON {table}" for table, names in WALLED.items() for name in names]
)
def test_a_table_without_one_of_its_policies_is_refused(
    shared_database: Database, policy: str
) -> None:
    """H24: also one that only writes: the next of its rows would be lost."""
    assert broken(shared_database, f"DROP POLICY {policy}") == ["wall-policies"]


@pytest.mark.parametrize("everybody", ["dispensing_app", "PUBLIC"])
def test_a_policy_beside_the_others_that_lets_all_through_is_refused(
    shared_database: Database, everybody: str
) -> None:
    """H24: policies add up, so the widest of them is the wall."""
    wide = f"CREATE POLICY all_of_it ON collector TO {everybody} USING (true)"
    assert broken(shared_database, wide) == ["wall-policies", "wall-open"]


def test_a_policy_rewritten_to_let_all_through_is_refused(shared_database: Database) -> None:
    """H24: its name alone does not make it the wall."""
    wide = "ALTER POLICY own_unit ON label USING (true)"
    assert broken(shared_database, wide) == ["wall-open"]


@pytest.mark.parametrize(
    ("asks_as", "found"), [("", ["wall-view"]), ("WITH (security_invoker = true)", [])]
)
def test_a_view_that_looks_past_the_wall_is_refused(
    shared_database: Database, asks_as: str, found: list[str]
) -> None:
    """H24: a view asks as its owner, whom no policy stops, unless it asks as who reads it."""
    view = (
        f"CREATE VIEW fetchers {asks_as} AS SELECT name FROM collector",
        "GRANT SELECT ON fetchers TO dispensing_app",
    )
    assert broken(shared_database, *view) == found


@pytest.mark.parametrize("right", ["BYPASSRLS", "SUPERUSER"])
def test_a_role_that_passes_the_wall_or_could_become_one_is_refused(
    shared_database: Database, right: str
) -> None:
    """H24: the attribute is not inherited, but a member takes the role on when it likes."""
    member = (f"CREATE ROLE passes NOLOGIN {right}", "GRANT passes TO dispensing_app")
    assert "role-bypasses-rls" in broken(shared_database, *member)
    found = {"BYPASSRLS": "role-bypasses-rls", "SUPERUSER": "role-superuser"}[right]
    assert found in broken(shared_database, f"ALTER ROLE dispensing_app {right}")


def test_who_owns_one_walled_table_is_refused(shared_database: Database) -> None:
    """H24: no policy is asked of a table's owner."""
    owned = "ALTER TABLE collector OWNER TO dispensing_app"
    assert "role-owner" in broken(shared_database, owned)


def test_every_append_only_table_exists(shared_database: Database) -> None:
    """A renamed table must not slip out of the check."""
    with psycopg.connect(shared_database.owner_url) as connection:
        missing = [
            table
            for table in APPEND_ONLY
            if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,)
        ]
    assert missing == []


def test_the_command_ends_with_its_own_exit_code(
    shared_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        schema.fit_or_exit(shared_database.owner_url)
    assert ended.value.exit_code == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "ejer skemaet" in said and "owns the schema" in said
    assert shared_database.owner_url.split(":")[2].split("@")[0] not in said
