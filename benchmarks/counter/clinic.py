"""A clinic large enough to be measured: units with nurses signed in, and people in bulk.

Everyone is the ordinary patient, 80 mg methadone swallowed every day, so that a hand-out is allowed
and what is measured is the hand-out. Rows are written by the superuser without firing foreign-key
triggers, which is only about loading: keys, indexes and constraints stand as in the service.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import psycopg

from dispensing.embedded import Cluster
from tests.clusters import Database, clone_database
from tests.scene import Scene

UNITS = 8
DOSE_UG = 80_000
FIRST_PERSON = 100_001
SEEN = ["birth_date", "photo"]


@dataclass(frozen=True, slots=True)
class Clinic:
    """A database with people from FIRST_PERSON on; person n belongs to unit 1 + n % UNITS."""

    database: Database
    today: date
    people: int
    days: int
    tokens: tuple[str, ...]

    def unit_of(self, number: int) -> int:
        return 1 + number % UNITS

    def token_of(self, number: int) -> str:
        """The session token of the nurse at the person's unit."""
        return self.tokens[number % UNITS]

    def order(self, number: int) -> bytes:
        """The body that reserves today's dose for the person."""
        dose = {
            "for_on": self.today.isoformat(),
            "part": 1,
            "amount_mg": "80",
            "how": "supervised",
        }
        body = {
            "person_id": FIRST_PERSON + number,
            "prescription_id": FIRST_PERSON + number,
            "prescription_version": 1,
            "doses": [dose],
            "identifiers": SEEN,
            "observed": {"affected": False},
        }
        return json.dumps(body).encode()


GIVING = json.dumps({"identifiers": SEEN, "observed": {"affected": False}}).encode()

PEOPLE = """
INSERT INTO person (person_id, card_code, given_name, family_name, born_on, sex, unit_id,
    right_holder_unit_id, enrolled_on)
SELECT %(first)s + n, 'K-' || (%(first)s + n), 'Prøve', 'Person ' || n, '1975-05-15', 'm',
    1 + n %% %(units)s, 1 + n %% %(units)s, %(today)s::date - 900
FROM generate_series(0, %(people)s - 1) n;

INSERT INTO prescription (prescription_id, version, person_id, product_code, daily_ug, parts_ug,
    valid_from, valid_to, signed_by, signed_at)
SELECT %(first)s + n, 1, %(first)s + n, 'metadon-1', %(dose)s, ARRAY[%(dose)s],
    %(today)s::date - 600, %(today)s::date + 60, 10 * (1 + n %% %(units)s) + 1, now()
FROM generate_series(0, %(people)s - 1) n;

INSERT INTO arrangement (person_id, version, valid_from, self_administration,
    supervised_weekdays, pickup_weekdays, take_home_days, decided_by, decided_at)
SELECT %(first)s + n, 1, %(today)s::date - 800, false, '{1,2,3,4,5,6,7}', '{1,2,3,4,5,6,7}', 0,
    10 * (1 + n %% %(units)s) + 1, now()
FROM generate_series(0, %(people)s - 1) n;

INSERT INTO care (person_id, new_to_treatment, first_dose_on, sedatives_low_ug, sedatives_high_ug,
    taper_state, ecg_on, qtc_ms, pregnant, reviewed_on, indkald_due_on, naloxone_on)
SELECT %(first)s + n, false, %(today)s::date - 800, 0, 0, 'none', %(today)s::date - 30, 420, false,
    %(today)s::date - 30, %(today)s::date + 200, %(today)s::date - 30
FROM generate_series(0, %(people)s - 1) n;
"""

# One dose-day in every table a hand-out writes. d days ago, person n; ids follow from both.
DAYS = """
FROM (SELECT days_ago, n, (%(days)s - days_ago) * %(people)s + n AS i,
        (%(days)s - days_ago) * ((%(people)s + %(units)s - 1) / %(units)s) + n / %(units)s AS k,
        %(today)s::date - days_ago AS day, %(first)s + n AS person_id,
        1 + n %% %(units)s AS unit_id,
        10 * (1 + n %% %(units)s) AS staff_id,
        (%(today)s::date - days_ago + time '09:00' + n * interval '0.1 second')
            AT TIME ZONE 'Europe/Copenhagen' AS at
    FROM generate_series(%(days)s, 1, -1) days_ago, generate_series(0, %(people)s - 1) n) x
"""
RESERVATION = f"""
INSERT INTO reservation (reservation_id, person_id, unit_id, counter_id, day, prescription_id,
    prescription_version, product_code, bottle_id, doses, verdict, lifts, book_id, reserved_by,
    reserved_at)
SELECT 1000000 + i, person_id, unit_id, unit_id, day, person_id, 1, 'metadon-1', 3 * unit_id - 2,
    json_build_array(json_build_array(day, 1, %(dose)s, 'supervised'))::jsonb,
    '{{"severity": "allow", "findings": []}}', '[]', 'dk-crk-2026', staff_id, at
{DAYS}
"""
CLAIM = f"""
INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how, state,
    claimed_at, swallowed_at)
SELECT person_id, day, 1, 1000000 + i, unit_id, %(dose)s, 'supervised', 'given', at, at
{DAYS}
"""
# The interval of a day not closed yet is still claimed; closing the day lets go of it.
YESTERDAY_STILL_HELD = """
UPDATE claim SET swallow_during = tstzrange(swallowed_at, swallowed_at + interval '20 hours')
WHERE for_day = %(today)s::date - 1 AND person_id >= %(first)s
"""
OTHER_TABLES = (
    f"""
INSERT INTO resolution (reservation_id, outcome, resolved_by, resolved_at)
SELECT 1000000 + i, 'given', staff_id, at {DAYS}""",
    f"""
INSERT INTO handover (reservation_id, for_day, part, person_id, unit_id, how, amount_ug,
    handed_over_by, handed_over_at)
SELECT 1000000 + i, day, 1, person_id, unit_id, 'supervised', %(dose)s, staff_id, at {DAYS}""",
    f"""
INSERT INTO administration (reservation_id, part, person_id, unit_id, day, amount_ug,
    witnessed_by, swallowed_at)
SELECT 1000000 + i, 1, person_id, unit_id, day, %(dose)s, staff_id, at {DAYS}""",
    f"""
INSERT INTO person_day (person_id, day, substance, limit_ug, used_ug, right_holder_unit_id)
SELECT person_id, day, 'methadone', %(dose)s, %(dose)s, unit_id {DAYS}""",
    f"""
INSERT INTO stock_movement (bottle_id, kind, delta_ug, reservation_id, moved_by, moved_at)
SELECT 3 * unit_id - 2, 'poured', -%(dose)s, 1000000 + i, staff_id, at {DAYS}""",
    f"""
INSERT INTO idempotency (key, actor_id, request_hash, status, answer, chain_id, entry_seq,
    entry_hash, answered_at)
SELECT md5('key' || i || step), staff_id, sha256(int8send(i)), 200 + step, %(answer)s,
    2 * unit_id - 1, 2 * k + 1 + step, sha256(int8send(i)), at
{DAYS} CROSS JOIN generate_series(0, 1) step""",
    f"""
INSERT INTO ledger_entry (chain_id, seq, recorded_at, kind, body, hash)
SELECT 2 * unit_id - 1, 2 * k + 1 + step, at,
    CASE step WHEN 0 THEN 'handout-reserved' ELSE 'handout-given' END, %(body)s,
    sha256(int8send(2 * i + step))
{DAYS} CROSS JOIN generate_series(0, 1) step""",
    f"""
INSERT INTO ledger_payload (chain_id, seq, kind, person_id, person_seq, on_day, amount_ug, unit_id,
    actor_id, payload, key)
SELECT 2 * unit_id - 1, 2 * k + 1 + step,
    CASE step WHEN 0 THEN 'handout-reserved' ELSE 'handout-given' END, person_id,
    2 * (%(days)s - days_ago) + 1 + step, day, %(dose)s, unit_id, staff_id, %(payload)s,
    sha256(int8send(2 * i + step))
{DAYS} CROSS JOIN generate_series(0, 1) step""",
)
#: Rows one dose-day leaves: reservation, claim, resolution, handover, administration, person_day,
#: stock_movement once each; idempotency, ledger_entry and ledger_payload for reserve and give.
ROWS_PER_DOSE = 13

HEADS = """
UPDATE ledger_head h SET seq = e.seq, last_at = now() - interval '1 hour'
FROM (SELECT chain_id, max(seq) AS seq FROM ledger_entry GROUP BY chain_id) e
WHERE e.chain_id = h.chain_id
"""
NUMBERS = """
UPDATE person SET event_seq = 2 * %(days)s WHERE person_id >= %(first)s;
SELECT setval('reservation_id_seq', 1000000 + (%(days)s + 1) * %(people)s::bigint);
"""


def build(cluster: Cluster, template: str, *, people: int, days: int, full: bool = False) -> Clinic:
    """A clinic with so many people and days of history before today.

    ``full`` writes every table a hand-out leaves rows in, the ledger with its payloads included;
    otherwise only what loading the facts reads (claims with their reservations).
    """
    database = clone_database(cluster, template)
    scene = Scene(database.owner_url)
    for unit_id in range(2, UNITS + 1):
        scene.unit(unit_id, f"Enhed {unit_id}")
    tokens = sign_in_nurses(scene)
    scene.run("UPDATE bottle SET opening_ug = 1e15, balance_ug = 1e15")
    today = scene.today
    scene.close()
    values = {
        "first": FIRST_PERSON,
        "people": people,
        "units": UNITS,
        "days": days,
        "today": today,
        "dose": DOSE_UG,
        "answer": b"x" * 700,
        "body": b"x" * 120,
        "payload": b"x" * 420,
    }
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        statements = [*PEOPLE.split(";\n\n"), RESERVATION, CLAIM, YESTERDAY_STILL_HELD]
        statements += [*OTHER_TABLES, HEADS] if full else []
        cursor = psycopg.ClientCursor(connection)
        for statement in statements:
            cursor.execute(statement, values)
        if full:
            for statement in NUMBERS.strip().split(";\n"):
                cursor.execute(statement, values)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return Clinic(database, today, people, days, tuple(tokens))


def sign_in_nurses(scene: Scene) -> list[str]:
    """A live session for one nurse at the counter of each unit."""
    tokens = []
    for unit_id in range(1, UNITS + 1):
        token = f"bench-{unit_id}"
        scene.run(
            "INSERT INTO staff_session (session_hash, staff_id, counter_id, started_at, seen_at)"
            " VALUES (%s, %s, %s, now(), now())",
            hashlib.sha256(token.encode()).digest(),
            10 * unit_id,
            unit_id,
        )
        tokens.append(token)
    return tokens


def keep_signed_in(database: Database) -> None:
    """Nobody is signed out for idleness while a benchmark loads something else."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("UPDATE staff_session SET started_at = now(), seen_at = now()")


def history_rows(database: Database, tables: Sequence[str] | None = None) -> dict[str, int]:
    """How many rows stand in each table of history."""
    names = tables or (
        "reservation", "claim", "resolution", "handover", "administration", "person_day",
        "stock_movement", "idempotency", "ledger_entry", "ledger_payload",
    )  # fmt: skip
    with psycopg.connect(database.owner_url) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # type: ignore[index]
            for name in names
        }
