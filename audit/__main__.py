"""The auditor's program: verifies an exported ledger, and cosigns checkpoints. Needs no service.

    python -m audit verify ledger.export --keys signer.pub --checkpoints chain-1.notes \\
        --receipts receipts.txt
    python -m audit witness-key FOLDER NAME
    python -m audit cosign REQUEST --folder FOLDER --log-keys signer.pub > answer.txt

Exit code 0: everything fits. 1: something does not. 2: what was asked for could not be done.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from audit.ledger.logbook import Logbook, LogbookError
from audit.ledger.note import SEED_BYTES, NoteError, PublicKey, public_key, read_note
from audit.ledger.offline import Finding, NotAnExport, Report, verify_file
from audit.ledger.receipts import NotAReceipt, Receipt, read_receipts
from audit.ledger.witness import Refused, cosign

SOUND, UNSOUND, NOT_DONE = 0, 1, 2
MOST_SHOWN = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except (NotAnExport, NotAReceipt, NoteError, LogbookError, Refused, OSError) as trouble:
        print(f"not done: {trouble}", file=sys.stderr)
        return NOT_DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="audit", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="verify an exported ledger")
    verify.add_argument("file", type=Path, help="written by `dispensing ledger export`")
    verify.add_argument(
        "--keys", type=Path, action="append", default=[], help="public keys you trust, a line each"
    )
    verify.add_argument(
        "--checkpoints",
        type=Path,
        action="append",
        default=[],
        help="checkpoints kept elsewhere: a note, or a .notes file of the signer's folder",
    )
    verify.add_argument(
        "--receipts", type=Path, action="append", default=[], help="receipts, a line each"
    )
    verify.add_argument("--processes", type=int, help="how many at once; default every core")
    verify.add_argument("--json", action="store_true", help="the answer as JSON")
    verify.set_defaults(run=_verify)
    key = commands.add_parser("witness-key", help="make a witness's keys and print the public ones")
    key.add_argument("folder", type=Path)
    key.add_argument("name", help="who cosigns, such as witness.example.dk")
    key.set_defaults(run=_witness_key)
    sign = commands.add_parser("cosign", help="sign a checkpoint that continues what was seen")
    sign.add_argument("request", type=Path, help="written by `dispensing ledger cosign-request`")
    sign.add_argument("--folder", type=Path, required=True, help="the witness's keys and memory")
    sign.add_argument("--log-keys", type=Path, required=True, help="public keys of the log")
    sign.add_argument(
        "--new-log", action="store_true", help="a log that was never signed here: you know why"
    )
    sign.set_defaults(run=_cosign)
    return parser


def _witness_key(asked: argparse.Namespace) -> int:
    book = Logbook(asked.folder)
    book.begin(asked.name, (secrets.token_bytes(SEED_BYTES), secrets.token_bytes(SEED_BYTES)))
    for key in book.signer(book.prefix(), witness=True).keys:
        print(key)
    return SOUND


def _cosign(asked: argparse.Namespace) -> int:
    book = Logbook(asked.folder)
    text = asked.request.read_text()
    at = int(time.time())
    keys = read_keys(asked.log_keys)
    lines = cosign(book, book.prefix(), text, keys, at, new_log=asked.new_log)
    # The checkpoint again, with the witness's lines in the place of the log's.
    print(f"{read_note(text.partition(chr(10) * 2)[2]).text}\n{''.join(map(str, lines))}", end="")
    return SOUND


def _verify(asked: argparse.Namespace) -> int:
    report = verify_file(
        asked.file,
        keys=[key for path in asked.keys for key in read_keys(path)],
        checkpoints=[note for path in asked.checkpoints for note in read_notes(path)],
        receipts=[one for path in asked.receipts for one in _receipts(path)],
        seed=secrets.token_bytes(16),
        processes=asked.processes,
    )
    if asked.json:
        print(json.dumps(_as_json(report), ensure_ascii=False, indent=1))
    else:
        _tell(report)
    return SOUND if report.sound else UNSOUND


def read_keys(path: Path) -> list[PublicKey]:
    """Public keys, a line each. Raises NoteError, and OSError where there is no such file."""
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    if not lines:
        raise NoteError(f"{path} holds no keys")
    return [public_key(line) for line in lines if not line.startswith("#")]


def read_notes(path: Path) -> list[str]:
    """One signed note, or many as JSON lines with the note in `note`."""
    text = path.read_text()
    if not text.lstrip().startswith("{"):
        return [text]
    try:
        return [str(json.loads(line)["note"]) for line in text.splitlines() if line.strip()]
    except (ValueError, KeyError, TypeError) as wrong:
        raise NoteError(f"{path} holds a line that is no checkpoint") from wrong


def _receipts(path: Path) -> list[Receipt]:
    try:
        return read_receipts(path.read_text())
    except NotAReceipt as wrong:
        raise NotAReceipt(f"{path}: {wrong}") from None


def _tell(report: Report) -> None:
    for finding in report.findings[:MOST_SHOWN]:
        print(f"✘ {_sentence(finding)}", file=sys.stderr)
    if len(report.findings) > MOST_SHOWN:
        print(f"… and {len(report.findings) - MOST_SHOWN} more", file=sys.stderr)
    for notice in report.notices:
        print(f"! {notice}")
    if not report.keys_known:
        print(
            "! No keys were given: signatures were held against the keys in the file itself, which"
            " shows nothing about who made it. Give --keys."
        )
    said = report.said
    for chain_id in sorted(said.checkpoints):
        covered = said.covered.get(chain_id, 0)
        witnesses = said.witnessed.get(chain_id, {})
        others = ", ".join(f"{name} to {size}" for name, size in sorted(witnesses.items()))
        print(
            f"  {said.checkpoints[chain_id][0].origin}: signed to entry {covered}; cosigned by"
            f" {others or 'nobody'}"
        )
    if not said.verified:
        print("! Nothing signed was held against it: a chain that was written anew looks the same.")
    counted = (
        f"{report.entries} entries in {report.chains} chains, {report.erased} erased,"
        f" {said.verified} checkpoints, {report.receipts} receipts;"
        f" {report.seconds:.1f} s, {report.entries_per_second:.0f} entries a second"
    )
    if report.sound:
        print(f"✔ The ledger is sound: {counted}.")
    else:
        print(f"✘ The ledger is NOT sound: {counted}.", file=sys.stderr)


def _sentence(finding: Finding) -> str:
    place = "" if finding.seq is None else f", entry {finding.seq}"
    person = "" if finding.person_id is None else f", person {finding.person_id}"
    return f"{finding.what}: {finding.chain}{place}{person}"


def _as_json(report: Report) -> dict[str, object]:
    return {
        "sound": report.sound,
        "entries": report.entries,
        "chains": report.chains,
        "erased": report.erased,
        "checkpoints": report.said.verified,
        "covered": report.said.covered,
        "witnessed": report.said.witnessed,
        "receipts": report.receipts,
        "keys_known": report.keys_known,
        "seconds": round(report.seconds, 3),
        "notices": report.notices,
        "findings": [
            {"what": one.what, "chain": one.chain, "seq": one.seq, "person_id": one.person_id}
            for one in report.findings
        ],
    }


if __name__ == "__main__":
    # A pipe that was closed early is no trouble of the ledger's.
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = NOT_DONE
    sys.exit(code)
