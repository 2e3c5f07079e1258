"""A responsible doctor's signature under a rule book: its own file, for exactly these bytes."""

import json
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Signature:
    """A responsible doctor's signature under one book, as it was on the day: a file of its own."""

    book: str
    sha256: str
    doctor: str
    authorisation: str
    signed_on: date


def signed_by(content: bytes, book_id: str, sha256: str) -> Signature | None:
    """The signature in a file, if it is whole and for exactly this book; otherwise nothing."""
    try:
        read = json.loads(content)
        signature = Signature(
            book=read["book"],
            sha256=read["sha256"],
            doctor=read["doctor"],
            authorisation=read["authorisation"],
            signed_on=date.fromisoformat(read["signed_on"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
    whole = bool(signature.doctor) and bool(signature.authorisation)
    return signature if whole and (signature.book, signature.sha256) == (book_id, sha256) else None
