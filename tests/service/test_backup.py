"""Backup and restore by PostgreSQL's own programs, on a real cluster."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dispensing.commands.backup import BackupFailed, back_up, mark, restore_into
from dispensing.commands.ledger import heads, verify_and_tell
from dispensing.embedded import Cluster
from dispensing.roles import prepare_database
from dispensing.self_check import NotFitToRun, self_check
from tests.clusters import Database, clone_database, drop_database


@pytest.fixture
def empty(cluster: Cluster, migrated_template: str) -> Iterator[Database]:
    """A prepared database without any table: the only kind a backup is restored into."""
    prepare_database(cluster.superuser_url, cluster.passwords, database="prepared_empty")
    made = clone_database(cluster, "prepared_empty")
    yield made
    drop_database(cluster, made)


@pytest.fixture
def kept(database: Database) -> Database:
    """A database with something in it."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "INSERT INTO ledger_head (chain_id, institution, purpose, hash)"
            " VALUES (7, 'unit-7', 'clinical', %s)",
            [bytes(range(32))],
        )
    return database


def picture(url: str) -> list[tuple]:
    """Tables with their row counts, constraints, triggers, rights."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            """
            SELECT 'table', c.relname, pg_get_userbyid(c.relowner), c.relacl::text
              FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            UNION ALL
            SELECT 'constraint', conname, pg_get_constraintdef(oid), NULL
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'trigger', tgname, pg_get_triggerdef(oid), NULL
              FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT 'function', proname, prosecdef::text || pg_get_userbyid(proowner), proacl::text
              FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
               AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            ORDER BY 1, 2, 3
            """
        ).fetchall()
        names = [row[1] for row in found if row[0] == "table"]
        counts = [
            ("rows", name, connection.execute(f"SELECT count(*) FROM {name}").fetchone())  # type: ignore[arg-type]
            for name in names
        ]
    return [*found, *counts]


def test_a_restored_database_is_the_same_database(
    kept: Database, empty: Database, cluster: Cluster, tmp_path: Path
) -> None:
    """H26: rows, constraints, triggers and rights come back, and the service may run on it."""
    file = tmp_path / "monday.dump"
    back_up(kept.owner_url, file, cluster.programs)
    restore_into(empty.owner_url, file, cluster.programs)
    assert picture(empty.owner_url) == picture(kept.owner_url)
    assert heads(empty.owner_url) == heads(kept.owner_url)
    assert len(heads(empty.owner_url)) == 1
    mark(empty.owner_url)
    self_check(empty.app_url)


def test_what_was_restored_and_not_marked_is_not_served(
    kept: Database, empty: Database, cluster: Cluster, tmp_path: Path
) -> None:
    """H26: a restore broken off after the tables leaves nothing that would hand out again."""
    file = tmp_path / "monday.dump"
    back_up(kept.owner_url, file, cluster.programs)
    restore_into(empty.owner_url, file, cluster.programs)
    with pytest.raises(NotFitToRun) as refused:
        self_check(empty.app_url)
    assert [found.code for found in refused.value.findings] == ["restore-unfinished"]


def test_a_backup_from_after_now_is_not_served(
    kept: Database, empty: Database, cluster: Cluster, tmp_path: Path
) -> None:
    """H26, H19: where this server's clock is behind the backup no unit could be marked."""
    with psycopg.connect(kept.owner_url) as connection:
        connection.execute("UPDATE ledger_head SET last_at = now() + interval '1 hour'")
        connection.execute(
            "INSERT INTO unit (unit_id, code, name, kind, clinical_chain, views_chain)"
            " VALUES (7, 'u7', 'Syv', 'clinic', 7, 7)"
        )
    file = tmp_path / "monday.dump"
    back_up(kept.owner_url, file, cluster.programs)
    restore_into(empty.owner_url, file, cluster.programs)
    with pytest.raises(BackupFailed, match="could not be marked"):
        mark(empty.owner_url)
    with pytest.raises(NotFitToRun):
        self_check(empty.app_url)


def test_a_restored_ledger_is_verified(
    database: Database, empty: Database, cluster: Cluster, tmp_path: Path
) -> None:
    """H26."""
    file = tmp_path / "empty.dump"
    back_up(database.owner_url, file, cluster.programs)
    restore_into(empty.owner_url, file, cluster.programs)
    assert verify_and_tell(empty.owner_url)


def test_a_backup_is_for_its_owner_only_and_overwrites_nothing(
    kept: Database, cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "monday.dump"
    back_up(kept.owner_url, file, cluster.programs)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(BackupFailed, match="never overwritten"):
        back_up(kept.owner_url, file, cluster.programs)
    assert file.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["monday.dump"]


def test_a_database_with_tables_is_not_restored_over(
    kept: Database, database: Database, cluster: Cluster, tmp_path: Path
) -> None:
    """H26: an old backup over a living database would hand out again what was given."""
    file = tmp_path / "monday.dump"
    back_up(kept.owner_url, file, cluster.programs)
    before = picture(kept.owner_url)
    with pytest.raises(BackupFailed, match="only into an empty one"):
        restore_into(kept.owner_url, file, cluster.programs)
    assert picture(kept.owner_url) == before


@pytest.mark.parametrize("damage", ["cut", "not-a-dump", "absent"])
def test_a_damaged_backup_leaves_the_database_empty(
    kept: Database, empty: Database, cluster: Cluster, tmp_path: Path, damage: str
) -> None:
    """H26."""
    file = tmp_path / "monday.dump"
    back_up(kept.owner_url, file, cluster.programs)
    whole = file.read_bytes()
    if damage == "cut":
        file.write_bytes(whole[: len(whole) * 2 // 3])
    elif damage == "not-a-dump":
        file.write_bytes(b"something else")
    else:
        file.unlink()
    with pytest.raises(BackupFailed):
        restore_into(empty.owner_url, file, cluster.programs)
    with psycopg.connect(empty.owner_url) as connection:
        count = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert count.fetchone() == (0,)


def test_failing_says_why_without_the_password(cluster: Cluster, tmp_path: Path) -> None:
    nowhere = cluster.owner_url.replace(f":{cluster.port}/", ":1/")
    with pytest.raises(BackupFailed) as failure:
        back_up(nowhere, tmp_path / "monday.dump", cluster.programs)
    assert cluster.passwords["dispensing_owner"] not in str(failure.value)
    assert list(tmp_path.iterdir()) == []
