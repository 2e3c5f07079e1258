"""H26: a real backup, doses given after it, and the service on what was restored from it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from dispensing.app import create_app
from dispensing.commands.backup import back_up, mark, restore_into
from dispensing.commands.restoration import tell
from dispensing.embedded import Cluster
from dispensing.roles import prepare_database
from dispensing.settings import load_settings
from tests.api.client import findings, problem, sign_in
from tests.clusters import Database, clone_database, drop_database
from tests.downtime.conftest import Clinic
from tests.scene import Scene
from tests.scene_staff import SECRET


@pytest.fixture
def empty(cluster: Cluster, migrated_template: str) -> Iterator[Database]:
    prepare_database(cluster.superuser_url, cluster.passwords, database="prepared_empty")
    made = clone_database(cluster, "prepared_empty")
    yield made
    drop_database(cluster, made)


def test_no_dose_given_after_the_backup_is_given_again(
    clinic: Clinic,
    shared_database: Database,
    empty: Database,
    cluster: Cluster,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """H26, H01: the old backup knows of no dose; the restored service refuses until resolved."""
    had, other = clinic.person(), clinic.person()
    serial = clinic.printed()
    file = tmp_path / "monday.dump"
    back_up(shared_database.owner_url, file, cluster.programs)
    clinic.nurse.given(had)
    newer = clinic.printed()
    entry, digest = clinic.scene.run(
        "SELECT chain_seq, left(encode(chain_hash, 'hex'), 16) FROM emergency_list"
        " WHERE serial = %s",
        newer,
    ).fetchone()

    restore_into(empty.owner_url, file, cluster.programs)
    mark(empty.owner_url)
    (tmp_path / "secret.key").write_bytes(SECRET)
    settings = load_settings({"DISPENSING_DATA_DIR": str(tmp_path)})
    app = create_app(replace(settings, database_url=empty.app_url))
    with TestClient(app) as http:
        nurse = sign_in(http, clinic.scene, f"nurse{clinic.unit}", clinic.unit)
        doctor = sign_in(http, clinic.scene, f"doctor{clinic.unit}", clinic.unit)
        for person in (had, other):
            problem(nurse.reserve(person), 409, "restored-unresolved")
        asked = f"/restoration/comparison?entry={entry}&hash={digest}"
        assert nurse.get(asked).json()["state"] == "missing"
        capsys.readouterr()
        assert asyncio.run(tell(empty.app_url, f"u{clinic.unit}", entry, digest)) is True
        said = capsys.readouterr().out
        assert "are missing in the backup" in said and "uncertain since" in said

        back = replace(clinic, scene=_at(empty), nurse=nurse, doctor=doctor)
        back.over(serial)
        assert back.told(serial, had)["conflicts"] == []
        back.told(serial, other, happened="not_come")
        problem(nurse.reserve(had), 409, "restored-unresolved")
        answer = doctor.send("POST", "/restoration/resolved", {"reason": "indtastet og talt"})
        assert answer.status_code == 200, answer.text
        assert "already-given" in findings(nurse.reserve(had))
        assert nurse.reserve(other).status_code == 201
        back.scene.close()


def _at(database: Database) -> Scene:
    """A scene that reads the restored database; there is nothing to prepare in it."""

    scene = Scene.__new__(Scene)
    scene.connection = psycopg.connect(database.owner_url, autocommit=True)
    return scene
