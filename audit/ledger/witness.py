"""Cosigning: another institution or the auditor signs that a log continues what it saw before.

The witness keeps the last checkpoint of each log it has cosigned. It signs a newer one only with a
proof that the newer tree continues the older, so that nobody can be shown another past than others
are. The request is as in C2SP tlog-witness: the older size, the proof, an empty line, the
checkpoint. It names nobody: hashes and sizes only.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any

from audit.ledger.checkpoint import Checkpoint, read_checkpoint, read_origin
from audit.ledger.logbook import Logbook
from audit.ledger.note import NoteError, PublicKey, Signature
from audit.ledger.tree import verify_consistency

MOST_HASHES = 63


class Refused(RuntimeError):
    """Nothing was signed or kept; the message says why."""


def cosign(
    logbook: Logbook,
    name: str,
    asked: str,
    log_keys: Iterable[PublicKey],
    at: int,
    *,
    new_log: bool = False,
) -> tuple[Signature, ...]:
    """Sign a log's newer checkpoint, if it continues the one signed before; `at` in seconds.

    A log that was never seen here is signed only with ``new_log``, once somebody has looked why it
    is new where others are known: a signer that may begin logs as it likes could show everybody
    another past. What was signed last is in `logbook`'s folder and is replaced before the answer
    leaves. Raises Refused, NoteError, LogbookError.
    """
    old, proof, one = _read(asked)
    if not one.signed_by_log(log_keys):
        raise Refused("the log did not sign this checkpoint with a key that you know")
    path = logbook.folder / "witnessed.json"
    seen: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    before = seen.get(one.origin)
    if before is None and not new_log and (seen or read_origin(one.origin).generation > 1):
        known = ", ".join(sorted(seen)) or "none"
        raise Refused(
            f"{one.origin} was never signed here ({known}). A log that begins anew has lost"
            " entries: ask what was lost and who has answered for it, then use --new-log"
        )
    size, root = (0, "") if before is None else (int(before["size"]), str(before["root"]))
    if old != size:
        raise Refused(f"the last one signed here was over {size} entries: ask with --since {size}")
    if size:
        if not verify_consistency(size, one.size, bytes.fromhex(root), one.root, proof):
            raise Refused(
                f"THE LOG DOES NOT CONTINUE what was signed here over {size} entries. Keep both"
                " checkpoints and tell the auditor"
            )
    elif proof:
        raise Refused("the first time there is nothing to prove")
    signer = logbook.signer(name, witness=True)
    lines = signer.sign(one.note.text, one.head, at)
    seen[one.origin] = {"size": one.size, "root": one.root.hex()}
    logbook.write("witnessed.json", json.dumps(seen, indent=1), 0o644)
    return lines


def _read(asked: str) -> tuple[int, list[bytes], Checkpoint]:
    above, between, note = asked.partition("\n\n")
    first, *hashes = above.split("\n")
    try:
        if not between or not first.startswith("old ") or len(hashes) > MOST_HASHES:
            raise NoteError("not a request to cosign")
        old = int(first.removeprefix("old "))
        proof = [base64.b64decode(line, validate=True) for line in hashes]
    except (ValueError, binascii.Error) as wrong:
        raise NoteError("not a request to cosign") from wrong
    return old, proof, read_checkpoint(note)
