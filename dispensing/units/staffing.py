"""Who works at a unit, and what the unit has decided about its screens; by its administrator.

Done with the owner's role from the command line: the application's role can make nobody staff
(docs/decisions/0014). Each change is an entry in the unit's ledger that names the administrator.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import KEY_BYTES, Entry, seal
from dispensing.errors import Conflict, NotFound, Unprocessable
from dispensing.people.cards import card_hash
from dispensing.people.policy import Policy

Connection = psycopg.Connection[Any]
#: Preparations only specially approved doctors order, by the words of a unit's licences.
APPROVALS = ("methadone_injection", "diacetylmorphine")
ROLES = ("nurse", "doctor", "pharmacist", "auditor", "administrator")

ADMINISTRATOR = """
SELECT s.staff_id, u.unit_id, u.clinical_chain, clock_timestamp() AS at,
    (clock_timestamp() AT TIME ZONE u.zone)::date AS today
FROM staff s JOIN unit u USING (unit_id)
WHERE s.username = %(by)s AND s.role = 'administrator' AND s.ended_at IS NULL
"""
SOMEBODY = """
SELECT staff_id FROM staff WHERE username = %(username)s AND unit_id = %(unit_id)s
    AND ended_at IS NULL AND NOT machine FOR UPDATE
"""
ADD = """
INSERT INTO staff (staff_id, unit_id, role, given_name, family_name, username, password_hash,
    authorisation_id)
SELECT coalesce(max(staff_id) FILTER (WHERE NOT machine), 0) + 1, %(unit_id)s, %(role)s,
    %(given_name)s, %(family_name)s, %(username)s, %(password_hash)s, %(authorisation_id)s
FROM staff
RETURNING staff_id
"""
END_SESSIONS = """
UPDATE staff_session SET ended_at = coalesce(ended_at, clock_timestamp()), end_reason = 'removed'
WHERE staff_id = %(staff_id)s AND started_at > clock_timestamp() - interval '24 hours'
"""
DECIDE = """
INSERT INTO unit_policy (unit_id, version, from_on, lock_seconds, hide_seconds, idle_minutes,
    per_act_step, step_at, label_scan, decided_by, decided_at)
SELECT %(unit_id)s, coalesce(max(version), 0) + 1, %(from_on)s, %(lock_seconds)s, %(hide_seconds)s,
    %(idle_minutes)s, %(per_act_step)s, %(step_at)s, %(label_scan)s,
    %(actor_id)s, clock_timestamp()
FROM unit_policy WHERE unit_id = %(unit_id)s
"""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody who begins to work at the administrator's unit."""

    username: str
    role: str
    given_name: str
    family_name: str
    password_hash: str
    authorisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Administrator:
    staff_id: int
    unit_id: int
    clinical_chain: int
    at: datetime
    today: date


def _by(connection: Connection, by: str) -> _Administrator:
    with connection.cursor(row_factory=class_row(_Administrator)) as cursor:
        found = cursor.execute(ADMINISTRATOR, {"by": by.strip().lower()}).fetchone()
    if found is None:
        raise NotFound("no administrator of that name")
    return found


def _write(
    connection: Connection, admin: _Administrator, kind: str, facts: Mapping[str, object]
) -> None:
    entry = Entry(
        kind=kind,
        unit_id=admin.unit_id,
        actor_id=admin.staff_id,
        on=admin.today,
        facts={"at": admin.at.isoformat(), **facts},
    )
    sealed = seal(entry, secrets.token_bytes(KEY_BYTES))
    connection.execute(APPEND_SQL, append_parameters(sealed, admin.clinical_chain))


def add_staff(connection: Connection, by: str, new: NewStaff) -> int:
    """Somebody begins; answers the staff id and commits.

    Raises NotFound for an unknown administrator, Unprocessable for a role that is none, Conflict
    for a user name that is taken.
    """
    if new.role not in ROLES:
        raise Unprocessable(f"a role is one of {', '.join(ROLES)}", field="role")
    with connection.transaction():
        admin = _by(connection, by)
        connection.execute("LOCK TABLE staff IN SHARE ROW EXCLUSIVE MODE")
        asked = asdict(new) | {"unit_id": admin.unit_id}
        asked["username"] = new.username.strip().lower()
        try:
            row = connection.execute(ADD, asked).fetchone()
        except UniqueViolation as taken:
            raise Conflict("this user name is taken") from taken
        assert row is not None
        facts = {"staff": row[0], "role": new.role, "authorised": bool(new.authorisation_id)}
        _write(connection, admin, "staff-added", facts)
    return int(row[0])


def _change(
    connection: Connection,
    by: str,
    username: str,
    kind: str,
    facts: Mapping[str, object],
    change: Callable[[_Administrator, int], None],
) -> int:
    """One change to somebody of the administrator's unit, with its entry; commits."""
    with connection.transaction():
        admin = _by(connection, by)
        asked = {"username": username.strip().lower(), "unit_id": admin.unit_id}
        row = connection.execute(SOMEBODY, asked).fetchone()
        if row is None:
            raise NotFound("nobody of that user name works at this administrator's unit")
        try:
            change(admin, row[0])
        except UniqueViolation as taken:
            raise Conflict("this is somebody else's already") from taken
        _write(connection, admin, kind, {"staff": row[0], **facts})
    return int(row[0])


def change_role(connection: Connection, by: str, username: str, role: str) -> int:
    """Another role from now on, also in sessions that are open. Nobody changes their own."""
    if role not in ROLES:
        raise Unprocessable(f"a role is one of {', '.join(ROLES)}", field="role")

    def change(admin: _Administrator, staff_id: int) -> None:
        if staff_id == admin.staff_id:
            raise Conflict("nobody changes their own role")
        connection.execute("UPDATE staff SET role = %s WHERE staff_id = %s", (role, staff_id))

    return _change(connection, by, username, "staff-role-changed", {"role": role}, change)


def qualify(
    connection: Connection, by: str, username: str, specialist: bool, approved_for: Sequence[str]
) -> int:
    """Whether a doctor begins treatments, and which approvals the doctor has; all that hold now.

    Raises Unprocessable for an approval that is none, Conflict for whoever is no doctor.
    """
    unknown = set(approved_for) - set(APPROVALS)
    if unknown:
        raise Unprocessable(f"an approval is one of {', '.join(APPROVALS)}", field="approved_for")
    facts = {"specialist": specialist, "approved_for": sorted(set(approved_for))}

    def change(admin: _Administrator, staff_id: int) -> None:
        changed = connection.execute(
            "UPDATE staff SET specialist = %s, approved_for = %s"
            " WHERE staff_id = %s AND role = 'doctor' RETURNING staff_id",
            (specialist, facts["approved_for"], staff_id),
        ).fetchone()
        if changed is None:
            raise Conflict("only a doctor writes orders")

    return _change(connection, by, username, "staff-qualified", facts, change)


def end_employment(connection: Connection, by: str, username: str) -> int:
    """Somebody leaves: open sessions, cards and subjects end at once; the name stays taken."""

    def change(admin: _Administrator, staff_id: int) -> None:
        if staff_id == admin.staff_id:
            raise Conflict("nobody ends their own employment")
        who = {"staff_id": staff_id}
        connection.execute(
            "UPDATE staff SET ended_at = clock_timestamp() WHERE staff_id = %(staff_id)s", who
        )
        connection.execute(END_SESSIONS, who)
        for table in ("staff_card", "staff_subject"):
            connection.execute(
                f"UPDATE {table} SET ended_at = clock_timestamp()"
                " WHERE staff_id = %(staff_id)s AND ended_at IS NULL",
                who,
            )

    return _change(connection, by, username, "staff-ended", {}, change)


def reset_pin(connection: Connection, by: str, username: str) -> int:
    """The PIN is gone; the person signs in with the password and chooses another."""

    def change(admin: _Administrator, staff_id: int) -> None:
        connection.execute("DELETE FROM staff_pin WHERE staff_id = %s", (staff_id,))

    return _change(connection, by, username, "staff-pin-reset", {}, change)


def set_password(connection: Connection, by: str, username: str, password_hash: str) -> int:
    """A new password, told to the person; open sessions end."""

    def change(admin: _Administrator, staff_id: int) -> None:
        connection.execute(
            "UPDATE staff SET password_hash = %s WHERE staff_id = %s", (password_hash, staff_id)
        )
        connection.execute(END_SESSIONS, {"staff_id": staff_id})

    return _change(connection, by, username, "staff-password-set", {}, change)


def issue_card(connection: Connection, by: str, username: str, code: str, secret: bytes) -> int:
    """A new staff card; the one before ends. Raises Unprocessable for what is no code."""
    hashed = card_hash(secret, code)

    def change(admin: _Administrator, staff_id: int) -> None:
        _end_cards(connection, staff_id)
        connection.execute(
            "INSERT INTO staff_card (staff_id, card_hash, issued_at, issued_by)"
            " VALUES (%s, %s, clock_timestamp(), %s)",
            (staff_id, hashed, admin.staff_id),
        )

    return _change(connection, by, username, "staff-card-issued", {}, change)


def end_card(connection: Connection, by: str, username: str) -> int:
    """The card is lost: it opens nothing any more."""

    def change(admin: _Administrator, staff_id: int) -> None:
        _end_cards(connection, staff_id)

    return _change(connection, by, username, "staff-card-ended", {}, change)


def _end_cards(connection: Connection, staff_id: int) -> None:
    connection.execute(
        "UPDATE staff_card SET ended_at = clock_timestamp() WHERE staff_id = %s"
        " AND ended_at IS NULL",
        (staff_id,),
    )


def add_subject(connection: Connection, by: str, username: str, issuer: str, subject: str) -> int:
    """Whom the identity provider vouches for under ``subject``. Raises Conflict if taken."""
    if not issuer or not 0 < len(subject) <= 255:
        raise Unprocessable("an issuer and a subject of 1 to 255 characters", field="subject")

    def change(admin: _Administrator, staff_id: int) -> None:
        connection.execute(
            "INSERT INTO staff_subject (issuer, subject, staff_id, added_at, added_by)"
            " VALUES (%s, %s, %s, clock_timestamp(), %s)",
            (issuer, subject, staff_id, admin.staff_id),
        )

    return _change(connection, by, username, "staff-subject-added", {"issuer": issuer}, change)


def decide_policy(connection: Connection, by: str, policy: Policy, from_on: date | None) -> date:
    """What holds at the administrator's unit from a day on (today if none); commits.

    Raises Unprocessable for a day that has passed and for values outside their bounds.
    """
    with connection.transaction():
        admin = _by(connection, by)
        day = from_on or admin.today
        if day < admin.today:
            raise Unprocessable("a policy holds from today or later", field="from")
        decided = asdict(policy)
        asked = decided | {"unit_id": admin.unit_id, "actor_id": admin.staff_id, "from_on": day}
        try:
            connection.execute(DECIDE, asked)
        except psycopg.errors.CheckViolation as outside:
            raise Unprocessable("a value outside its bounds") from outside
        _write(connection, admin, "unit-policy-decided", {"from_on": day.isoformat(), **decided})
    return day
