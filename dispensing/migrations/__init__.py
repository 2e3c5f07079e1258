"""The schema's history: one file per step, named by its moment, in one line without branches.

This file is the wiring: alembic runs the steps as the owner role, all of them in one transaction,
so that a migration broken off at any point leaves the database as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool, text

MIGRATIONS = Path(__file__).parent
# Alembic keeps the running environment in a global of its module.
_alembic = threading.Lock()

READERS = ("dispensing_app", "dispensing_auditor")


def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])


def revisions() -> list[str]:
    """Every revision of the code, oldest first. Raises ValueError where history branches."""
    history = scripts()
    if len(history.get_heads()) > 1:
        raise ValueError(f"migrations branch: {', '.join(sorted(history.get_heads()))}")
    return [step.revision for step in history.walk_revisions()][::-1]


def code_revision() -> str | None:
    """The revision this code was written for; None while there are no migrations."""
    return scripts().get_current_head()


def database_revision(connection: psycopg.Connection) -> str | None:
    """The revision the database stands at; None for an empty one."""
    known = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if known is None or known[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return row[0] if row else None


def migrate(
    owner_url: str, target: str = "head", *, told: Callable[[str], None] | None = None
) -> str | None:
    """Bring the database to `target` and return the revision it then stands at.

    `owner_url` is a postgresql:// URL of the owner role; `told` hears the name of each step. Two
    calls at once wait for each other.
    """
    history = scripts()
    engine = create_engine(_for_psycopg(owner_url), poolclass=pool.NullPool)

    def steps(revision: object, context: object) -> list[object]:
        found = history._upgrade_revs(target, revision)  # type: ignore[arg-type]
        for step in found:
            if told is not None:
                told(step.revision.revision)
        return list(found)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with (
        _alembic,
        engine.connect() as connection,
        EnvironmentContext(config, history, fn=steps, destination_rev=target) as environment,
    ):
        connection.execute(text("SELECT pg_advisory_lock(hashtext('dispensing migrate'))"))
        connection.commit()
        environment.configure(connection=connection, transaction_per_migration=False)
        with environment.begin_transaction():
            environment.run_migrations()
            for reader in READERS:
                connection.execute(text(f"GRANT SELECT ON alembic_version TO {reader}"))
        connection.commit()
    engine.dispose()
    with psycopg.connect(owner_url) as plain:
        return database_revision(plain)


def _for_psycopg(url: str) -> str:
    return "postgresql+psycopg://" + url.split("://", 1)[1]
