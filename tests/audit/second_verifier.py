"""A second verifier of exported ledgers: the standard library, read whole, written from docs.

Nothing of `audit` is imported: what docs/ledger.md and RFC 6962 say is enough to verify a ledger.
Answers a set of words; an empty one means that everything fits.
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from tests.audit.rfc_tree import mth


def second_opinion(
    path: Path, notes: list[str] = (), receipts: list[tuple[int, int, str]] = ()
) -> set[str]:
    """What is wrong with the file, its checkpoints (signatures apart) and these receipts."""
    lines = path.read_bytes().split(b"\n")
    place, wrong = 0, set()
    chains: dict[int, dict] = {}
    told: list[str] = list(notes)
    finished = False
    while place < len(lines) and lines[place]:
        record = json.loads(lines[place])
        place += 1
        if "checkpoint" in record:
            told.append(record["checkpoint"])
        elif "chain" in record:
            chains[record["chain"]["chain_id"]] = {**record["chain"], "lines": []}
        elif "block" in record:
            count = record["block"]["lines"]
            read = [json.loads(line) for line in lines[place : place + count]]
            chains[record["block"]["chain_id"]]["lines"] += read
            place += count
        elif "end" in record:
            finished = True
    if not finished:
        wrong.add("truncated")
    orders: dict[int, list[int]] = {}
    for chain in chains.values():
        wrong |= _chain(chain, orders)
    for numbers in orders.values():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            wrong.add("person-order")
    for note in told:
        wrong |= _note(note, chains)
    for chain_id, seq, begins in receipts:
        leaves = chains[chain_id]["leaves"] if chain_id in chains else []
        if seq > len(leaves) or not leaves[seq - 1].hex().startswith(begins):
            wrong.add("receipt")
    return wrong


def _chain(chain: dict, orders: dict[int, list[int]]) -> set[str]:
    wrong: set[str] = set()
    named = chain["purpose"].encode() + b"\0" + chain["institution"].encode()
    previous = hashlib.sha256(b"\x02" + named).digest()
    moment, number, leaves = None, 0, []
    erasures: dict[int, list[int]] = {}
    erased: list[tuple[int, int]] = []
    for entry, beside in chain["lines"]:
        if entry is None:
            wrong.add("orphan")
            continue
        seq, at, kind, body, stored = entry
        body, stored = base64.b64decode(body), base64.b64decode(stored)
        number += 1
        if seq != number:
            wrong.add("order")
        if moment is not None and at < moment:
            wrong.add("time")
        placed = seq.to_bytes(8, "big", signed=True) + at.to_bytes(8, "big", signed=True)
        if hashlib.sha256(b"\0" + previous + placed + body).digest() != stored:
            wrong.add("hash")
        previous, moment = stored, at
        leaves.append(stored)
        if beside is None:
            wrong.add("missing")
            continue
        try:
            wrong |= _payload(seq, kind, body, beside, orders, erasures, erased)
        except (ValueError, KeyError, TypeError):
            wrong.add("unreadable")
    for seq, by_seq in erased:
        if seq not in erasures.get(by_seq, []):
            wrong.add("erasure")
    head = chain["head"]
    if (head["seq"], base64.b64decode(head["hash"]), head["moment_us"]) != (
        number,
        previous,
        moment,
    ):
        wrong.add("head")
    chain["leaves"] = leaves
    return wrong


def _payload(seq, kind, body, beside, orders, erasures, erased) -> set[str]:
    at, named, person, order, unit, actor, day, amount, payload, key, erased_by = beside
    if order is not None:
        orders.setdefault(person, []).append(order)
    if at != seq or named != kind or json.loads(body)["kind"] != kind:
        return {"kind"}
    if payload is None:
        erased.append((seq, erased_by))
        return {"columns"} if [unit, actor, day, amount, key] != [None] * 5 else set()
    payload, key = base64.b64decode(payload), base64.b64decode(key or "")
    commitment = hmac.new(key, payload, hashlib.sha256).hexdigest()
    spelled = json.dumps(
        {"commitment": commitment, "key_version": 1, "kind": kind}, separators=(",", ":")
    )
    if len(key) != 32 or spelled.encode() != body:
        return {"commitment"}
    said = json.loads(payload)
    columns = {
        "kind": kind,
        "person_id": person,
        "person_seq": order,
        "unit_id": unit,
        "actor_id": actor,
        "on": day,
        "amount_ug": amount,
    }
    if {name: said[name] for name in columns} != columns or erased_by is not None:
        return {"columns"}
    if kind == "payload-erased":
        erasures[seq] = said["facts"]["seqs"]
    return set()


def _note(note: str, chains: dict[int, dict]) -> set[str]:
    origin, size, root = note.split("\n")[:3]
    _, institution, purpose = origin.split("/")
    institution = institution.replace("%20", " ")
    for chain in chains.values():
        if (chain["institution"], chain["purpose"]) == (institution, purpose):
            leaves = chain["leaves"]
            if int(size) > len(leaves):
                return {"entries-missing"}
            fits = mth(leaves[: int(size)]) == base64.b64decode(root)
            return set() if fits else {"checkpoint"}
    return {"unknown"}
