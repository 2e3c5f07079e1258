"""The service looks at its database before it serves, and refuses to run on one it cannot trust.

Each finding is a sentence for the person who starts the service, in Danish and in English.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import psycopg

from dispensing.clock import HOME_ZONE, zone_named
from dispensing.database import connect
from dispensing.migrations import database_revision, revisions
from dispensing.postgres_programs import OLDEST_SUPPORTED
from dispensing.second_wall import gaps

EXIT_CODE = 3
LOOK_AHEAD_DAYS = 731
# The database's own comment while a backup is being put back and before its units are marked.
RESTORING = "a restore from a backup is under way"

# Off, an acknowledged hand-out may be forgotten after a crash, and the dose given again.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

# What happened never changes: the application may add rows to these and nothing else.
APPEND_ONLY = (
    "ledger_entry",
    "ledger_payload",
    "ledger_head",
    "ledger_checkpoint",
    "ledger_cosignature",
    "ledger_succession",
    "reservation",
    "resolution",
    "reversal",
    "handover",
    "administration",
    "stock_movement",
    "doctor_decision",
    "refusal",
    "missed_dose",
    "day_close",
    "emergency_list",
    "paper_event",
)

# What is wrong with a table or view of the second wall, in Danish and in English.
OF_THE_WALL = {
    "off": ("har ikke rækkesikkerhed slået til", "has row-level security switched off"),
    "policies": ("har andre regler end migreringerne", "has other policies than the migrations'"),
    "open": ("har en regel, der lukker alt igennem", "has a policy that lets everything through"),
    "view": ("viser rækker uden om rækkesikkerheden", "shows rows past row-level security"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to run. `code` is stable; the sentences name what to do."""

    code: str
    danish: str
    english: str


class NotFitToRun(RuntimeError):
    """The database cannot be trusted as it stands; nothing is served."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(f"{found.danish}\n  ({found.english})" for found in findings))
        self.findings = findings


def self_check(app_url: str, *, zone: tzinfo | None = None) -> None:
    """Raise NotFitToRun with every finding, or return. psycopg.OperationalError: no answer.

    `app_url` is the URL the service will use; `zone` is Python's idea of Copenhagen (tests pass an
    altered one).
    """
    with connect(app_url) as connection:
        findings = look(connection, zone=zone)
    if findings:
        raise NotFitToRun(findings)


def look(connection: psycopg.Connection, *, zone: tzinfo | None = None) -> list[Finding]:
    """Every reason not to run on this database."""
    role = _role(connection)
    checks: tuple[Callable[[psycopg.Connection], list[Finding]], ...] = (
        _server,
        _durability,
        _extension,
        _schema,
        _restored_whole,
    )
    findings = role + [found for check in checks for found in check(connection)]
    if not role:  # An owner or superuser may everything: one sentence says it.
        findings += _append_only(connection)
        # Without the last migration the wall is not all there: that sentence says it.
        if not any(found.code == "migration-missing" for found in findings):
            findings += _second_wall(connection)
    return findings + _time_zone(connection, zone or zone_named(HOME_ZONE))


def _value(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def _server(connection: psycopg.Connection) -> list[Finding]:
    version = connection.info.server_version // 10_000
    if version >= OLDEST_SUPPORTED:
        return []
    return [
        Finding(
            "server-too-old",
            f"PostgreSQL {version} er for gammel; der kræves {OLDEST_SUPPORTED} eller nyere.",
            f"PostgreSQL {version} is too old; {OLDEST_SUPPORTED} or newer is needed.",
        )
    ]


def _durability(connection: psycopg.Connection) -> list[Finding]:
    return [
        Finding(
            f"{name.replace('_', '-')}-off",
            f"PostgreSQL kører med {name} = {found}: en kvitteret udlevering kan gå tabt."
            f" Sæt {name} = on.",
            f"PostgreSQL runs with {name} = {found}: an acknowledged hand-out can be lost."
            f" Set {name} = on.",
        )
        for name in DURABLE
        # synchronous_commit has stronger names for "on"; `local` stops short of the standby.
        if (found := _value(connection, f"SHOW {name}")) not in ("on", "remote_apply")
    ]


def _role(connection: psycopg.Connection) -> list[Finding]:
    row = connection.execute(
        """
        SELECT current_user, r.rolsuper, r.rolbypassrls OR (NOT r.rolsuper AND EXISTS (
                   -- It is not inherited, but a member takes the role on.
                   SELECT FROM pg_roles b WHERE (b.rolbypassrls OR b.rolsuper)
                       AND pg_has_role(current_user, b.oid, 'MEMBER'))),
               EXISTS (SELECT 1 FROM pg_class c
                       WHERE c.relnamespace = 'public'::regnamespace
                         AND pg_has_role(current_user, c.relowner, 'MEMBER'))
               OR pg_has_role(current_user, d.datdba, 'MEMBER')
        FROM pg_roles r, pg_database d
        WHERE r.rolname = current_user AND d.datname = current_database()
        """
    ).fetchone()
    assert row is not None
    name, superuser, bypasses, owner = row
    why = [
        (superuser, "superuser", "er superbruger", "is a superuser"),
        (bypasses, "bypasses-rls", "omgår rækkesikkerhed", "bypasses row-level security"),
        (owner and not superuser, "owner", "ejer skemaet", "owns the schema"),
    ]
    return [
        Finding(
            f"role-{code}",
            f"Databaserollen {name} {danish}; tjenesten må kun køre som dispensing_app.",
            f"The database role {name} {english}; run the service as dispensing_app only.",
        )
        for holds, code, danish, english in why
        if holds
    ]


def _extension(connection: psycopg.Connection) -> list[Finding]:
    if _value(connection, "SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'"):
        return []
    return [
        Finding(
            "extension-missing",
            "Udvidelsen btree_gist mangler; kør `dispensing prepare-database`.",
            "The extension btree_gist is missing; run `dispensing prepare-database`.",
        )
    ]


def _schema(connection: psycopg.Connection) -> list[Finding]:
    known = revisions()
    stands_at = database_revision(connection)
    expected = known[-1] if known else None
    if stands_at == expected:
        return []
    if stands_at is None or stands_at in known:
        return [
            Finding(
                "migration-missing",
                f"Databasen står ved {stands_at or 'ingen migrering'}, koden ved {expected};"
                " kør `dispensing migrate`.",
                f"The database stands at {stands_at or 'no migration'}, the code at {expected};"
                " run `dispensing migrate`.",
            )
        ]
    return [
        Finding(
            "database-newer",
            f"Databasen ({stands_at}) er nyere end dette program ({expected});"
            " brug den nyere udgave.",
            f"The database ({stands_at}) is newer than this program ({expected});"
            " use the newer release.",
        )
    ]


def _restored_whole(connection: psycopg.Connection) -> list[Finding]:
    said = _value(
        connection,
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE datname = current_database()",
    )
    if said != RESTORING:
        return []
    return [
        Finding(
            "restore-unfinished",
            "En gendannelse blev afbrudt: tjenesten ved ikke, hvad der er udleveret siden. Kør"
            " `dispensing restore` igen i en tom database.",
            "A restore was broken off: the service does not know what was handed out since. Run"
            " `dispensing restore` again into an empty database.",
        )
    ]


def _append_only(connection: psycopg.Connection) -> list[Finding]:
    rows = connection.execute(
        """
        SELECT c.relname, string_agg(p.privilege, ', ' ORDER BY p.privilege)
        FROM pg_class c, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p(privilege)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname = ANY(%s)
          AND (has_table_privilege(c.oid, p.privilege)
               OR (p.privilege = 'UPDATE' AND has_any_column_privilege(c.oid, 'UPDATE')))
        GROUP BY c.relname ORDER BY c.relname
        """,
        [list(APPEND_ONLY)],
    ).fetchall()
    return [
        Finding(
            "append-only-open",
            f"Rollen må {rights} i {table}; det, der er sket, må aldrig kunne ændres.",
            f"The role may {rights} on {table}; what happened must never be changeable.",
        )
        for table, rights in rows
    ]


def _second_wall(connection: psycopg.Connection) -> list[Finding]:
    return [
        Finding(
            f"wall-{what}",
            f"{name} {OF_THE_WALL[what][0]}: andre enheders borgere kunne blive vist. Ret det, før"
            " tjenesten starter.",
            f"{name} {OF_THE_WALL[what][1]}: people of other units could be shown. Mend it before"
            " the service starts.",
        )
        for name, what in gaps(connection)
    ]


def _time_zone(connection: psycopg.Connection, zone: tzinfo) -> list[Finding]:
    """Compare every hour of the coming two years: a difference would move a dose to another day."""
    start = _value(connection, "SELECT date_trunc('hour', now())")
    assert isinstance(start, datetime)
    rows = connection.execute(
        """
        SELECT extract(epoch FROM (t AT TIME ZONE %s) - (t AT TIME ZONE 'UTC'))::int
        FROM generate_series(%s::timestamptz, %s::timestamptz, '1 hour') AS t
        """,
        [HOME_ZONE, start, start + timedelta(days=LOOK_AHEAD_DAYS)],
    ).fetchall()
    moment, hour = start.astimezone(UTC), timedelta(hours=1)
    for (offset_s,) in rows:
        ours = moment.astimezone(zone).utcoffset()
        if ours is None or round(ours.total_seconds()) != offset_s:
            return [
                Finding(
                    "time-zone-differs",
                    f"PostgreSQL og Python er uenige om klokken i {HOME_ZONE} fra"
                    f" {moment:%Y-%m-%d %H:%M} UTC; opdatér tidszonedata (tzdata).",
                    f"PostgreSQL and Python disagree on the time in {HOME_ZONE} from"
                    f" {moment:%Y-%m-%d %H:%M} UTC; update the time-zone data (tzdata).",
                )
            ]
        moment += hour
    return []
