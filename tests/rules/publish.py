"""Writes ``published.json``: the SHA-256 of each book's file as published.

``python -m tests.rules.publish`` adds books that are new. A published book is never edited, so a
changed one is refused; before a first release ``--again`` writes all of them anew.
"""

import json
import sys
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from dosing_rules.rulebook import installed_books
from dosing_rules.substance_tables import SUBSTANCE_BYTES

PUBLISHED = Path(__file__).with_name("published.json")


def hashes() -> dict[str, str]:
    """Book id to the SHA-256 of its file's bytes, and that of the tables every book includes."""
    folder = files("dosing_rules") / "rulebooks"
    books = {
        book_id: sha256((folder / f"{book_id}.toml").read_bytes()).hexdigest()
        for book_id in installed_books()
    }
    return books | {"tables/substances": sha256(SUBSTANCE_BYTES).hexdigest()}


def published() -> dict[str, str]:
    """What was published."""
    return json.loads(PUBLISHED.read_text(encoding="utf-8")) if PUBLISHED.exists() else {}


def main(again: bool) -> int:
    """Write the file; 1 when a published book was edited or is gone."""
    now, before = hashes(), published()
    changed = [book_id for book_id, digest in before.items() if now.get(book_id) != digest]
    if changed and not again:
        print(f"published books are never edited: {', '.join(changed)}", file=sys.stderr)
        return 1
    PUBLISHED.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--again" in sys.argv[1:]))
