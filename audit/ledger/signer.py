"""Signs what each chain has, and sees when a chain has less than was signed, or other entries.

The signer is a process of its own with a key of its own. Of the database it may read heads and
leaves (number and hash), add checkpoints, and stop the hand-outs; nothing else. It holds the
database against its own folder, never the other way round: a log that does not continue what was
signed is not signed, however it came about.

After a loss a person resolves it in the service. Only then a new generation of the log begins:
under another origin, with a succession note by the same key that says which log came before and how
much of it is still there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg.rows import tuple_row

from audit.ledger.checkpoint import Origin, sign_checkpoint
from audit.ledger.logbook import Log, Logbook, LogbookError, Loss, Signed
from audit.ledger.note import Note
from audit.ledger.signing_text import succession_text
from audit.ledger.tree import HASH_BYTES, Frontier

Connection = psycopg.Connection[Any]
Found = Literal["entries-missing", "ledger-differs"]
BATCH = 20_000

_HEADS = "SELECT chain_id, institution, purpose, seq FROM ledger_head ORDER BY chain_id"
_NOW = "SELECT clock_timestamp()"
_LEAF = "SELECT hash FROM ledger_entry WHERE chain_id = %s AND seq = %s"
_LEAVES = """
SELECT seq, hash FROM ledger_entry WHERE chain_id = %s AND seq > %s AND seq <= %s ORDER BY seq
"""
_BEGINS = "SELECT restoration_begins(%s, %s)"
_STATE = "SELECT open, last_closed_at FROM restoration_state()"
_ANSWERED = "SELECT restoration_answered(%s)"
_ADD = "SELECT ledger_add_checkpoint(%s::smallint, %s, %s, %s, %s)"
_SUCCEED = "SELECT ledger_add_succession(%s::smallint, %s, %s)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one chain: `signed`, `unchanged`, or what was found, with both sizes."""

    chain_id: int
    origin: str
    what: Literal["signed", "unchanged", "begun-anew"] | Found
    size: int
    reached: int


class SignerRefused(RuntimeError):
    """Nothing was signed of a chain whose leaves cannot be right; the message says which."""


def compare(connection: Connection, log: Log, reached: int | None) -> Found | None:
    """Whether a chain still holds what was signed of it; None where it does.

    `reached` is how far the chain's head says it goes, None where the chain is gone.
    """
    if reached is None or reached < log.size:
        return "entries-missing"
    row = connection.execute(_LEAF, (log.chain_id, log.size)).fetchone()
    return None if row is not None and bytes(row[0]) == log.leaf else "ledger-differs"


def look(connection: Connection, logbook: Logbook) -> list[tuple[Log, Found, int]]:
    """Every chain that does not hold what was signed, with how far it reaches; only reads."""
    heads = _heads(connection)
    lost: list[tuple[Log, Found, int]] = []
    for log in logbook.logs():
        reached = heads[log.chain_id][2] if log.chain_id in heads else None
        found = compare(connection, log, reached)
        if found is not None:
            lost.append((log, found, reached or 0))
    return lost


def kept_until(connection: Connection, logbook: Logbook, chain_id: int) -> Signed | None:
    """The newest checkpoint that the database still holds: what came after it is uncertain."""
    for signed in logbook.signed(chain_id, newest_first=True):
        row = connection.execute(_LEAF, (chain_id, signed.size)).fetchone()
        if row is not None and bytes(row[0]) == signed.leaf:
            return signed
    return None


def stop_hand_outs(connection: Connection, logbook: Logbook) -> list[tuple[Log, Found, int]]:
    """Look, and where anything is lost put every unit in the state a restore leaves.

    A loss that a person has answered for is not found again, whoever found it first. All units are
    uncertain since the earliest of what is lost. Runs in its own transaction; needs the signer's or
    the application's role. Answers what stops the hand-outs.
    """
    lost = [one for one in look(connection, logbook) if not _answered(connection, logbook, one[0])]
    if lost:
        since = min(_certain_until(connection, logbook, log) for log, _, _ in lost)
        connection.execute(_BEGINS, (lost[0][1], since))
    connection.commit()
    return lost


def _certain_until(connection: Connection, logbook: Logbook, log: Log) -> datetime:
    """When the newest checkpoint still there was signed; where none is, before the first."""
    kept = kept_until(connection, logbook, log.chain_id)
    if kept is not None:
        return datetime.fromisoformat(kept.at)
    first = next(logbook.signed(log.chain_id), None)
    return datetime.fromisoformat(log.at if first is None else first.at) - timedelta(seconds=1)


def sign_all(connection: Connection, logbook: Logbook, *, deep: bool = False) -> list[Outcome]:
    """Sign what every chain has now; `deep` also builds each tree anew from its first leaf.

    Raises LogbookError where the folder cannot be used, SignerRefused for leaves with gaps, and
    psycopg.Error; what was signed before stays signed.
    """
    with logbook.alone():
        return _sign_all(connection, logbook, deep)


def _sign_all(connection: Connection, logbook: Logbook, deep: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    stop_hand_outs(connection, logbook)
    heads = _heads(connection)
    for log in logbook.logs():
        reached = heads[log.chain_id][2] if log.chain_id in heads else None
        found = _still_lost(connection, log, reached, deep)
        if found is not None:
            heads.pop(log.chain_id, None)
            outcomes.append(_lost(connection, logbook, log, found, reached or 0))
        elif log.loss is not None:
            # All of it is there again, to the first leaf: another database had been taken.
            logbook.keep(replace(log, loss=None))
    for chain_id, (institution, purpose, reached) in heads.items():
        origin = Origin(logbook.prefix(), institution, purpose)
        outcomes.append(_sign(connection, logbook, chain_id, origin, reached))
    return sorted(outcomes, key=lambda outcome: outcome.chain_id)


def _sign(
    connection: Connection,
    logbook: Logbook,
    chain_id: int,
    origin: Origin,
    reached: int,
) -> Outcome:
    """Sign a chain that holds what was signed of it."""
    log = logbook.log(chain_id)
    name = str(origin if log is None else log.origin)
    if reached == 0:
        return Outcome(chain_id, name, "unchanged", 0, 0)
    if log is not None and log.size == reached:
        # Broken off between folder and database: told again.
        _tell(connection, log)
        return Outcome(chain_id, name, "unchanged", reached, reached)
    frontier = Frontier() if log is None else log.frontier
    leaf = b""
    for leaf in _leaves(connection, chain_id, frontier.size, reached):
        frontier.add(leaf)
    if frontier.size != reached or len(leaf) != HASH_BYTES:
        raise SignerRefused(f"the leaves of chain {chain_id} have a gap before {reached}")
    kept = _signed_log(
        connection, logbook, chain_id, origin if log is None else log.origin, frontier, leaf
    )
    logbook.keep(kept)
    _tell(connection, kept)
    return Outcome(chain_id, name, "signed", reached, reached)


def _lost(
    connection: Connection, logbook: Logbook, log: Log, found: Found, reached: int
) -> Outcome:
    """Remember a loss; where a person has answered for it, begin the log's next generation."""
    if _answered(connection, logbook, log):
        return _begin_anew(connection, logbook, log, reached)
    if log.loss is None:
        logbook.lose(log, Loss(found, _now(connection).isoformat(), reached))
    connection.execute(_BEGINS, (found, None))
    connection.commit()
    return Outcome(log.chain_id, str(log.origin), found, log.size, reached)


def _begin_anew(connection: Connection, logbook: Logbook, log: Log, reached: int) -> Outcome:
    """The same chain under its next origin, bound to the one before by a signed note."""
    origin = replace(log.origin, generation=log.origin.generation + 1)
    kept = kept_until(connection, logbook, log.chain_id)
    frontier, leaf, held = Frontier(), b"", Frontier()
    for leaf in _leaves(connection, log.chain_id, 0, reached):
        frontier.add(leaf)
        if kept is not None and frontier.size == kept.size:
            held = frontier.copy()
    if frontier.size != reached or len(leaf) != HASH_BYTES:
        raise SignerRefused(f"the leaves of chain {log.chain_id} have a gap before {reached}")
    text = succession_text(str(log.origin), str(origin), held.size, held.root())
    signer = logbook.signer(str(log.origin))
    note = Note(text, signer.sign(text, None, 0))
    new = _signed_log(connection, logbook, log.chain_id, origin, frontier, leaf)
    connection.execute(_SUCCEED, (log.chain_id, str(origin), str(note)))
    logbook.keep(new)
    _tell(connection, new)
    return Outcome(log.chain_id, str(origin), "begun-anew", reached, reached)


def _signed_log(
    connection: Connection,
    logbook: Logbook,
    chain_id: int,
    origin: Origin,
    frontier: Frontier,
    leaf: bytes,
) -> Log:
    now = _now(connection)
    signer = logbook.signer(str(origin))
    logbook.publish(signer.keys)
    note = sign_checkpoint(
        signer, str(origin), frontier.size, frontier.root(), int(now.timestamp())
    ).note
    peaks = tuple(frontier.peaks)
    return Log(chain_id, origin, frontier.size, peaks, leaf, now.isoformat(), str(note))


def _tell(connection: Connection, log: Log) -> None:
    """Add the checkpoint to the database, where clients and exports find it."""
    root = log.frontier.root()
    connection.execute(_ADD, (log.chain_id, str(log.origin), log.size, root, log.note))
    connection.commit()


def _answered(connection: Connection, logbook: Logbook, log: Log) -> bool:
    """Whether units were stopped for this loss and a person has resolved all of them since.

    Where somebody else found it first, units were stopped after the last signing, and everything
    that was signed before they became uncertain must still be there: else it is another loss.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_STATE).fetchone()
        if row is None or row[0] or row[1] is None:
            return False
        if log.loss is not None:
            return row[1] > datetime.fromisoformat(log.loss.at)
        doubt = cursor.execute(_ANSWERED, (log.at,)).fetchone()
    if doubt is None or doubt[0] is None:
        return False
    kept = kept_until(connection, logbook, log.chain_id)
    reached = 0 if kept is None else kept.size
    certain = (
        one.size
        for one in logbook.signed(log.chain_id, newest_first=True)
        if datetime.fromisoformat(one.at) <= doubt[0]
    )
    return reached >= next(certain, 0)


def _still_lost(connection: Connection, log: Log, reached: int | None, deep: bool) -> Found | None:
    """As `compare`; where asked for, or something was lost before, to the first leaf."""
    found = compare(connection, log, reached)
    if found is None and (deep or log.loss is not None) and not _same_tree(connection, log):
        return "ledger-differs"
    return found


def _same_tree(connection: Connection, log: Log) -> bool:
    frontier = Frontier()
    for leaf in _leaves(connection, log.chain_id, 0, log.size):
        frontier.add(leaf)
    return frontier.root() == log.frontier.root()


def _leaves(connection: Connection, chain_id: int, after: int, to: int) -> Iterator[bytes]:
    """Leaves in order; ends before the first number that is missing."""
    expected = after
    with connection.cursor("ledger_leaves", row_factory=tuple_row) as cursor:
        cursor.execute(_LEAVES, (chain_id, after, to), binary=True)
        while rows := cursor.fetchmany(BATCH):
            for seq, leaf in rows:
                expected += 1
                if seq != expected:
                    return
                yield leaf


def _heads(connection: Connection) -> dict[int, tuple[str, str, int]]:
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(_HEADS).fetchall()
    return {chain_id: (institution, purpose, seq) for chain_id, institution, purpose, seq in rows}


def _now(connection: Connection) -> datetime:
    row = connection.execute(_NOW).fetchone()
    if row is None:
        raise RuntimeError("the database does not tell the time")
    return row[0].astimezone(UTC)


def keep_signing(
    connect: Callable[[], Connection],
    logbook: Logbook,
    pause: Callable[[float], bool],
    tell: Callable[[str], None],
    day_ended: Callable[[datetime, datetime], bool],
    *,
    every_s: int = 900,
    again_s: int = 20,
) -> None:
    """Sign at once and then at every full quarter of an hour, for ever.

    `pause` waits so many seconds and answers whether to end. `day_ended` says whether a day ended
    between two moments: then every tree is built anew. Trouble is told and tried again.
    """
    before: datetime | None = None
    while True:
        wait_s: float = again_s
        try:
            with connect() as connection:
                now = _now(connection)
                deep = before is None or day_ended(before, now)
                for outcome in sign_all(connection, logbook, deep=deep):
                    if outcome.what in ("entries-missing", "ledger-differs", "begun-anew"):
                        tell(f"{outcome.origin}: {outcome.what}, {outcome.size}, {outcome.reached}")
                before = now
            wait_s = every_s - now.timestamp() % every_s
        except (LogbookError, SignerRefused) as trouble:
            tell(f"nothing was signed: {trouble}")
        except Exception as trouble:
            # The type alone: a message may hold what a log must not. Whatever it is, it may pass.
            tell(f"nothing was signed: {type(trouble).__name__}")
        if pause(wait_s):
            return
