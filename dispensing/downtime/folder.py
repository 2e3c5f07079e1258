"""The lists as files in a folder: for the PC that must print them when nothing else is up.

File names carry unit code, day, serial number and end of validity, and nobody's name. Only the
service's own user may read them; what is no longer valid is removed.
"""

import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from dispensing.downtime.codes import serial_text
from dispensing.downtime.lists import EmergencyList
from dispensing.settings import SettingsError

# Of each unit and day so many stay: the newest, and a few in case it cannot be opened.
KEPT = 4
SHORTEST_PASSPHRASE = 12
_NAME = re.compile(r"noedliste-([a-z0-9_-]+)-(\d{8})-N-(\d+)-til-(\d{8}T\d{6})Z\.pdf")


def file_name(unit_code: str, made: EmergencyList) -> str:
    """``noedliste-u1-20261125-N-1013-til-20261125T230000Z.pdf``."""
    head = made.head
    code = re.sub(r"[^a-z0-9_]", "", unit_code.lower()) or "enhed"
    until = head.valid_until.astimezone(UTC)
    serial = serial_text(head.serial)
    return f"noedliste-{code}-{head.for_day:%Y%m%d}-{serial}-til-{until:%Y%m%dT%H%M%S}Z.pdf"


def passphrase_in(file: Path | None) -> str | None:
    """The passphrase in the first line of a file. Raises SettingsError when it is too short."""
    if file is None:
        return None
    text = file.read_text(encoding="utf-8").splitlines()[:1]
    if not text or len(text[0].strip()) < SHORTEST_PASSPHRASE:
        raise SettingsError(f"the passphrase in {file} needs {SHORTEST_PASSPHRASE} characters")
    return text[0].strip()


def write(folder: Path, unit_code: str, made: EmergencyList, passphrase: str | None) -> Path:
    """Write a list, whole or not at all, readable by its owner only. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = made.pdf if passphrase is None else _locked(made.pdf, passphrase)
    target = folder / file_name(unit_code, made)
    aside = target.with_name(f".{target.name}.part")
    with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(target)
    return target


def _locked(pdf: bytes, passphrase: str) -> bytes:
    """The same pages, to be opened with the passphrase only (AES-256)."""
    target = io.BytesIO()
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt(passphrase, algorithm="AES-256")
    writer.write(target)
    return target.getvalue()


def remove_old(folder: Path, now: datetime) -> int:
    """Remove lists no longer valid at ``now``, and all but the newest few; answers how many."""
    known: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    gone = 0
    for file in folder.glob("noedliste-*.pdf"):
        named = _NAME.fullmatch(file.name)
        if named is None:
            continue
        until = datetime.strptime(named[4], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        if until <= now:
            file.unlink(missing_ok=True)
            gone += 1
        else:
            known.setdefault((named[1], named[2]), []).append((int(named[3]), file))
    for files in known.values():
        for _, file in sorted(files)[:-KEPT]:
            file.unlink(missing_ok=True)
            gone += 1
    return gone
