"""The pool of the service, and the way into the database for commands and tests."""

from __future__ import annotations

import select
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from dispensing.migrations import migrate

__all__ = ["migrate", "open_pool", "with_database", "without_password"]


async def open_pool(
    app_url: str,
    *,
    min_size: int = 2,
    max_size: int = 12,
    statement_timeout_ms: int = 10_000,
    wait_s: float = 10.0,
) -> AsyncConnectionPool:
    """Open the pool of the application role and wait until `min_size` connections stand.

    Connections whose server went away are found before they are lent, so that a restarted server
    costs a reconnect and not an error. A transaction left idle is broken off after five seconds:
    it would hold a person.
    Raises psycopg_pool.PoolTimeout when the database does not answer within `wait_s`.
    """
    pool = AsyncConnectionPool(
        app_url,
        min_size=min_size,
        max_size=max_size,
        kwargs={
            "autocommit": False,
            # The hot statements recur all day: prepare them from their second use on.
            "prepare_threshold": 1,
            "application_name": "dispensing",
            "connect_timeout": 5,
            "options": (
                f"-c statement_timeout={statement_timeout_ms}"
                " -c idle_in_transaction_session_timeout=5000"
                " -c lock_timeout=5000"
                " -c timezone=UTC"
                # Every statement asks by key: one plan fits all, and none is planned five times.
                " -c plan_cache_mode=force_generic_plan"
            ),
        },
        check=check_when_stirred,
        timeout=wait_s,
        max_lifetime=3600,
        max_idle=600,
        reconnect_timeout=60,
        open=False,
        name="dispensing",
    )
    await pool.open(wait=True, timeout=wait_s)
    return pool


async def check_when_stirred(connection: AsyncConnection[Any]) -> None:
    """Raise psycopg.OperationalError for a connection whose server has gone.

    A connection at rest has nothing to read. Where it has, the server said goodbye or its end was
    closed: only then is it worth a round trip to ask.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        await AsyncConnectionPool.check_connection(connection)


def connect(url: str) -> psycopg.Connection:
    """One blocking connection, for commands and the self check."""
    return psycopg.connect(url, connect_timeout=5, options="-c timezone=UTC")


def with_database(url: str, name: str) -> str:
    """The same URL for the database `name`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    where = parts.hostname or ""
    if parts.port:
        where += f":{parts.port}"
    if parts.username:
        where = f"{parts.username}@{where}"
    return urlunsplit(parts._replace(netloc=where, query="", fragment=""))
