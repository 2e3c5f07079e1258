"""The database a command works on: the server named by the environment, or the own cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from psycopg.errors import UndefinedColumn, UndefinedFunction, UndefinedObject, UndefinedTable

from dispensing.commands.screen import refuse, step
from dispensing.embedded import Cluster, ClusterRefused, ensure_cluster
from dispensing.postgres_programs import PostgresFailed, PostgresMissing
from dispensing.roles import SIGNER
from dispensing.settings import Settings, SettingsError, load_settings


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to connect, by role. `cluster` is None on a server of somebody else's."""

    settings: Settings
    app_url: str = field(repr=False)
    owner_url: str | None = field(repr=False)
    cluster: Cluster | None

    def signer(self) -> str | None:
        """The signer's URL, or None on a server where the environment names none."""
        if self.settings.signer_url is not None or self.cluster is None:
            return self.settings.signer_url
        return self.cluster.url(SIGNER)

    def owner(self) -> str:
        """The owner's URL; ends the command where the environment names none."""
        if self.owner_url is None:
            raise refuse("This needs the owner role: set DATABASE_OWNER_URL beside DATABASE_URL.")
        return self.owner_url


def settings_or_exit() -> Settings:
    try:
        return load_settings()
    except SettingsError as wrong:
        raise refuse(str(wrong), 2) from None


@contextmanager
def _migrated() -> Iterator[None]:
    """A table, column or function that is not there is the schema's, and says what to do."""
    try:
        yield
    except (UndefinedTable, UndefinedColumn, UndefinedFunction, UndefinedObject):
        raise refuse(
            "The database is not at this program's schema: run `dispensing migrate` first."
        ) from None


@contextmanager
def connection() -> Iterator[Connection]:
    """The database for the length of a command; an own cluster is left, and stopped by the last."""
    settings = settings_or_exit()
    if settings.database_url is not None:
        with _migrated():
            yield Connection(settings, settings.database_url, settings.database_owner_url, None)
        return
    try:
        with step("PostgreSQL of the service's own"):
            cluster = ensure_cluster(settings.data_dir, settings.pg_bin)
    except (ClusterRefused, PostgresMissing, PostgresFailed) as trouble:
        raise refuse(str(trouble)) from None
    except PermissionError as closed:
        raise refuse(
            f"No permission for {closed.filename}; set DISPENSING_DATA_DIR to a folder of yours."
        ) from None
    try:
        with _migrated():
            yield Connection(settings, cluster.app_url, cluster.owner_url, cluster)
    finally:
        cluster.release()
