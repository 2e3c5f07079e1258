"""A responsible doctor's signature under a rule book, kept beside the book and never in it."""

import json
from dataclasses import asdict
from pathlib import Path

from dosing_rules.rulebook import Signature


class AlreadySigned(Exception):
    """There is a signature under exactly these bytes; it is not written over."""


def write_signature(folder: Path, signature: Signature) -> Path:
    """Write the file and return where; it counts for exactly the book's present bytes.

    Raises AlreadySigned when they are signed, OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{signature.book}-{signature.sha256[:16]}.json"
    content = asdict(signature) | {"signed_on": signature.signed_on.isoformat()}
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    except FileExistsError:
        raise AlreadySigned(f"{signature.book} is signed already, in {path}") from None
    return path
