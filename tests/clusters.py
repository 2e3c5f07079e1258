"""Clusters and databases for tests, benchmarks and the fire test."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dispensing.database import with_database
from dispensing.embedded import Cluster, ensure_cluster
from dispensing.roles import SIGNER


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the test cluster, as each role sees it. URLs hold passwords."""

    name: str
    app_url: str
    owner_url: str
    auditor_url: str
    signer_url: str
    superuser_url: str


def new_cluster(pg_bin: Path | None = None) -> Cluster:
    """A cluster in a folder of its own, stopped and removed when the process ends.

    fsync stays on: the tests must show what the service does in earnest. /var/tmp, not pytest's
    own folder: as root the server runs as another user, to whom that folder is closed.
    """
    folder = Path(tempfile.mkdtemp(prefix="dispensing-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    cluster = ensure_cluster(folder, pg_bin)

    process = os.getpid()
    # A forked child must not stop its parent's server.
    atexit.register(lambda: end_cluster(cluster) if os.getpid() == process else None)
    return cluster


def end_cluster(cluster: Cluster) -> None:
    """Stop a test cluster and remove its folder; may be called twice."""
    if cluster.data_dir.exists():
        cluster.stop()
        shutil.rmtree(cluster.data_dir, ignore_errors=True)


_numbers = itertools.count(1)


def clone_database(cluster: Cluster, template: str) -> Database:
    """A fresh copy of `template`; the caller drops it with `drop_database`."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(cluster.superuser_url, autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {template} OWNER dispensing_owner STRATEGY file_copy"
        )
        connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        connection.execute(
            f"GRANT CONNECT ON DATABASE {name}"
            " TO dispensing_app, dispensing_auditor, dispensing_signer"
        )
        connection.execute(f"ALTER DATABASE {name} SET timezone TO 'UTC'")
    return Database(
        name,
        app_url=with_database(cluster.app_url, name),
        owner_url=with_database(cluster.owner_url, name),
        auditor_url=with_database(cluster.auditor_url, name),
        signer_url=with_database(cluster.url(SIGNER), name),
        superuser_url=with_database(cluster.superuser_url, name),
    )


def drop_database(cluster: Cluster, database: Database) -> None:
    with psycopg.connect(cluster.superuser_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")
