"""A responsible doctor's signature under a rule book: its own file, for exactly these bytes."""

import json
import re
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


# A Danish doctor's authorisation id has five characters; elsewhere they differ. All have a figure.
_DANISH_ID = re.compile(r"(?=.*[0-9])[0-9A-Z]{5}")
_ANY_ID = re.compile(r"(?=.*[0-9])[0-9A-Za-z][0-9A-Za-z ./-]{2,19}")


def why_no_signature(made: Signature, jurisdiction: str, today: date) -> str | None:
    """What is missing or cannot be, as a sentence; None where the signature may be written."""
    if not made.doctor or not made.authorisation:
        return "A signature needs the doctor's name and authorisation id."
    pattern = _DANISH_ID if jurisdiction == "DK" else _ANY_ID
    if not pattern.fullmatch(made.authorisation):
        form = "five figures or capital letters" if jurisdiction == "DK" else "figures and letters"
        return (
            f"{made.authorisation!r} is no authorisation id: {form}, at least one of them a figure."
        )
    if made.signed_on > today:
        return f"{made.signed_on} is still to come: a book is signed on the day it is read."
    return None
