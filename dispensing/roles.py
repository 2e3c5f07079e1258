"""The four database roles and the database, made by a superuser once.

dispensing_owner owns the schema and migrates; dispensing_app runs the service without ownership;
dispensing_auditor only reads; dispensing_signer sees leaves and adds checkpoints. What each may do
with a table is granted by the migration that creates the table. None is a superuser, none passes
row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

OWNER = "dispensing_owner"
APP = "dispensing_app"
AUDITOR = "dispensing_auditor"
SIGNER = "dispensing_signer"
ROLES = (OWNER, APP, AUDITOR, SIGNER)
DATABASE = "dispensing"


def prepare_database(
    superuser_url: str, passwords: Mapping[str, str], *, database: str = DATABASE
) -> None:
    """Create roles, database and extension where they are missing; repair their attributes.

    `superuser_url` points at any database of the server, `passwords` names a password for each of
    ROLES. May be run again at any time; existing data is left alone.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        # Two starts at once would otherwise both find the role missing.
        connection.execute("SELECT pg_advisory_lock(hashtext('dispensing prepare-database'))")
        for role in ROLES:
            _ensure_role(connection, role, passwords[role])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if known.fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        connection.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
        )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}, {}").format(
                sql.Identifier(database), *(sql.Identifier(role) for role in ROLES[1:])
            )
        )
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(sql.Identifier(database))
        )
    with psycopg.connect(superuser_url, dbname=database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute(
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}, {}, {}").format(
                *(sql.Identifier(role) for role in ROLES[1:])
            )
        )


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "ALTER" if known else "CREATE"
    connection.execute(
        sql.SQL(
            verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            " PASSWORD {}"
        ).format(sql.Identifier(role), sql.Literal(password))
    )
