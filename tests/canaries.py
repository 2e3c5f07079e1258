"""Numbers that belong to nobody, sent through everything; wherever one comes out, it is found.

``a_canary`` draws one: our code takes it for a replacement number, no register gave it out. All
that were drawn in a test run are looked for in whatever is handed to ``CANARIES.look``: bytes of
answers, files, dumps, PDFs (text, metadata and raw), logs. Other areas register what they produce:

    from tests.canaries import CANARIES
    CANARIES.look("the label", label_pdf_bytes)

``CANARIES.found`` stays empty, or the run fails (``tests/conftest.py``).
"""

from __future__ import annotations

import io
import itertools
import logging
import re
from datetime import date
from pathlib import Path

from dispensing.persons.number import synthetic_number

# Overlapping, since a number may stand between other digits.
_TEN_DIGITS = re.compile(rb"(?=(\d{6})[- ]?(\d{4}))")


class Canaries:
    """All numbers drawn so far, and where one came out in the clear."""

    def __init__(self) -> None:
        self.drawn: set[bytes] = set()
        self.found: list[str] = []
        self.looked_at: dict[str, int] = {}
        self._running = itertools.count(1)

    def draw(self, born_on: date) -> str:
        """A number of that birth date, each time another."""
        number = synthetic_number(born_on, next(self._running) % 10_000).text
        self.drawn.add(number.encode())
        return number

    def in_bytes(self, data: bytes) -> set[bytes]:
        """The canaries in some bytes, also in UTF-16."""
        hits = {b"".join(m.groups()) for m in _TEN_DIGITS.finditer(data)} & self.drawn
        if b"\0" in data:
            narrow = data.replace(b"\0", b"")
            hits |= {b"".join(m.groups()) for m in _TEN_DIGITS.finditer(narrow)} & self.drawn
        return hits

    def look(self, what: str, data: bytes | str) -> None:
        """Look through something that was produced; a PDF's text and metadata are read too."""
        raw = data if isinstance(data, bytes) else data.encode(errors="replace")
        self.looked_at[what] = self.looked_at.get(what, 0) + len(raw)
        hits = self.in_bytes(raw)
        if raw.startswith(b"%PDF"):
            hits |= self.in_bytes(_pdf_text(raw).encode())
        if hits:
            # How many, and never which.
            self.found.append(f"{what}: {len(hits)} numbers in the clear")

    def look_through(self, what: str, folder: Path) -> None:
        """Every file below a folder, and its name."""
        for file in sorted(folder.rglob("*")):
            self.look(f"{what}: names of files", str(file.relative_to(folder)))
            if file.is_file():
                self.look(what, file.read_bytes())


def _pdf_text(data: bytes) -> str:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    described = " ".join(str(value) for value in (reader.metadata or {}).values())
    return described + "\n".join(page.extract_text() for page in reader.pages)


class Listening(logging.Handler):
    """Hears every record of the whole run, whichever test lets it be made."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = f"{record.getMessage()} {record.exc_text or ''} {record.exc_info or ''}"
        except Exception:
            text = repr(record.args)
        CANARIES.look(f"log {record.name}", text)


CANARIES = Canaries()


def a_canary(born_on: date) -> str:
    return CANARIES.draw(born_on)
