"""The statements of one reservation as the service sends them, recorded and turned into pgbench.

One real reservation runs with a recording cursor; each parameter that differs from one hand-out to
the next becomes a pgbench variable, all others are sent as they were. So the peer runs the same
statements, parameters and transactions, and nothing else.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg_pool import AsyncConnectionPool

from benchmarks.counter.clinic import FIRST_PERSON, UNITS, Clinic, keep_signed_in
from dispensing.counter.reserve import Order, reserve
from dispensing.people.sessions import SessionLimits, token_hash
from dispensing.wiring import Wiring
from dosing_rules import DoseAsked, Observed, load_book

HERE = Path(__file__).parent
PLAIN, PIPELINED = "reserve.pgbench.sql", "reserve-pipelined.pgbench.sql"
HEADER = """\
-- One reservation, recorded from the service by benchmarks/counter/statements.py.
-- Given by -D: first (number of the first person), step (clients), n = -1, reservation (first id),
-- person_seq (each person's next number in the ledger).
-- UNITS units, each with its own nurse, bottle and ledger chain.
"""
NUMBERS = f"""\
\\set n :n + 1
\\set person :first + :n * :step + :client_id
\\set unit 1 + mod(:person, {UNITS})
\\set person_id {FIRST_PERSON} + :person
\\set reservation_id :reservation + :person
"""

Sent = tuple[str, str, Mapping[str, Any]]
_recorded: list[Sent] = []


class RecordingCursor(AsyncCursor[Any]):
    """Notes every statement before it is sent."""

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        _recorded.append(("statement", str(query), dict(params or {})))
        return await super().execute(query, params, **options)


class RecordingConnection(AsyncConnection[Any]):
    """Notes where pipelines begin and transactions end."""

    def pipeline(self) -> Any:
        _recorded.append(("pipeline", "", {}))
        return super().pipeline()

    async def commit(self) -> None:
        # Giving the connection back commits once more, which sends nothing.
        if _recorded[-1][0] != "commit":
            _recorded.append(("commit", "", {}))
        await super().commit()


async def record(clinic: Clinic, number: int) -> list[Sent]:
    """What one reservation for the clinic's person ``number`` sends."""
    pool = AsyncConnectionPool(
        clinic.database.app_url,
        min_size=1,
        max_size=1,
        connection_class=RecordingConnection,
        kwargs={"cursor_factory": RecordingCursor, "options": "-c timezone=UTC"},
        open=False,
    )
    await pool.open(wait=True)
    wiring = Wiring(pool, SessionLimits(), load_book, secrets.token_bytes)
    order = Order(
        person_id=FIRST_PERSON + number,
        prescription_id=FIRST_PERSON + number,
        prescription_version=1,
        doses=(DoseAsked(clinic.today, 1, 80_000, "supervised"),),
        identifiers=frozenset({"birth_date", "photo"}),
        observed=Observed(affected=False),
    )
    _recorded.clear()
    outcome = await reserve(wiring, clinic.token_of(number), order, f"record-{number}")
    sent = list(_recorded)
    await pool.close()
    if not outcome.allowed:
        raise SystemExit(f"the recorded reservation was refused: {outcome.blocking}")
    return sent


async def frozen(clinic: Clinic, number: int, folder: Path) -> dict[str, Path]:
    """The scripts for a clinic, by name, in ``folder``.

    Those beside this file show the form; moments, keys and commitments differ in each recording.
    Where the service has come to send other statements they are written anew, and it is said.
    """
    # A session unseen for a minute is marked as seen by the way: not part of every reservation.
    keep_signed_in(clinic.database)
    sent = await record(clinic, number)
    made: dict[str, Path] = {}
    for name, pipelined in ((PLAIN, False), (PIPELINED, True)):
        text = script(sent, clinic, pipelined=pipelined)
        kept = HERE / name
        if not kept.exists() or _form(kept.read_text()) != _form(text):
            print(f"the service sends other statements now: {name} is renewed", file=sys.stderr)
            kept.write_text(text)
        made[name] = folder / name
        made[name].write_text(text)
    return made


def _form(text: str) -> str:
    """The script without what differs from one recording to the next."""
    return re.sub(r"'(?:\\x[0-9a-f]*|[0-9T:.+{} -]+|\[\[.*?\]\])'", "'?'", text)


def script(sent: list[Sent], clinic: Clinic, *, pipelined: bool) -> str:
    """The pgbench script of a recorded reservation."""
    number = next(values["person_id"] for _, _, values in sent if "person_id" in values)
    varying = _varying(clinic, number - FIRST_PERSON)
    lines = [HEADER.replace("UNITS", str(UNITS), 1) + NUMBERS + "BEGIN;"]
    open_pipeline = False
    for what, sql, values in sent:
        if what == "statement":
            lines.append(_rendered(sql, values, varying))
        elif what == "commit":
            lines.append("COMMIT;")
        elif pipelined:
            if open_pipeline:
                lines.append("\\endpipeline")
            lines.append("\\startpipeline")
            open_pipeline = True
    if open_pipeline:
        lines.append("\\endpipeline")
    if pipelined:
        # The service opens its transaction inside the first pipeline.
        begin = lines[0].removesuffix("BEGIN;").rstrip("\n")
        lines[0] = begin
        lines.insert(lines.index("\\startpipeline") + 1, "BEGIN;")
    return "\n".join(lines) + "\n"


def _varying(clinic: Clinic, number: int) -> dict[str, tuple[Any, str]]:
    """By parameter name: the recorded value, and what stands there in the script."""
    unit = clinic.unit_of(number)
    session = "CASE :unit::int " + " ".join(
        f"WHEN {one + 1} THEN '\\x{token_hash(token).hex()}'::bytea"
        for one, token in enumerate(clinic.tokens)
    ) + " END"  # fmt: skip
    return {
        "person_id": (FIRST_PERSON + number, ":person_id"),
        "prescription_id": (FIRST_PERSON + number, ":person_id"),
        "unit_id": (unit, ":unit::smallint"),
        "right_holder_unit_id": (unit, ":unit::smallint"),
        "counter_id": (unit, ":unit::smallint"),
        "staff_id": (10 * unit, "(10 * :unit::int)"),
        "actor_id": (10 * unit, "(10 * :unit::int)"),
        "answer_actor": (10 * unit, "(10 * :unit::int)"),
        "bottle_id": (3 * unit - 2, "(3 * :unit::int - 2)"),
        "chain_id": (2 * unit - 1, "(2 * :unit::int - 1)"),
        "session_hash": (token_hash(clinic.token_of(number)), f"({session})"),
        "reservation_id": (None, ":reservation_id"),
        "person_seq": (None, ":person_seq"),
        "idempotency_key": (None, "('bench-' || :reservation_id::bigint)"),
        "key": (f"record-{number}", "('bench-' || :reservation_id::bigint)"),
    }


def _rendered(sql: str, values: Mapping[str, Any], varying: Mapping[str, tuple[Any, str]]) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[1]
        value = values[name]
        known, written = varying.get(name, (..., ""))
        # The key of a ledger entry is bytes, the key of a request text: only the latter varies.
        if known is ... or (name == "key" and isinstance(value, bytes)):
            return _literal(value)
        if known is not None and str(known) != str(value):
            raise SystemExit(f"{name} was sent as {value!r}, not as the script thinks: {known!r}")
        return f"{written}::bigint" if written in (":person_id", ":reservation_id") else written

    text = re.sub(r"%\((\w+)\)s", replace, sql).replace("%%", "%")
    # On one line: a comment would swallow the rest of it.
    return " ".join(re.sub(r"--[^\n]*", "", text).split()) + ";"


def _literal(value: Any) -> str:
    """A value as SQL text with the type psycopg would send."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::timestamptz"
    if isinstance(value, date):
        return f"'{value.isoformat()}'::date"
    if isinstance(value, list):
        inner = ",".join(str(one) for one in value)
        kind = {date: "date", int: "bigint"}.get(type(value[0]) if value else str, "text")
        return f"'{{{inner}}}'::{kind}[]"
    return "'" + str(value).replace("'", "''") + "'"
