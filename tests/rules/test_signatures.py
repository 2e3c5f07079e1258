"""A responsible doctor's signature: for exactly these bytes, or it does not count."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from dosing_rules import load_book
from dosing_rules.book_signature import why_no_signature
from dosing_rules.rulebook import RuleBookError, Signature, confirmed, signed_by

BOOK = load_book("uk")
SIGNED = {
    "book": "uk",
    "sha256": BOOK.sha256,
    "doctor": "Dr. Eksempel",
    "authorisation": "0ABC1",
    "signed_on": "2026-11-20",
}


def written(folder: Path, **changes: object) -> Path:
    """A folder with one signature file of the UK book."""
    (folder / "uk-1.json").write_text(json.dumps(SIGNED | changes), encoding="utf-8")
    return folder


def test_a_signature_confirms_every_number_of_its_book(tmp_path: Path) -> None:
    """H10: signed, the numbers stand as confirmed, defaults included; the rest is the same."""
    signed = load_book("uk", written(tmp_path))
    assert all(limit.confirmed for limit in signed.limits.values())
    assert signed.sha256 == BOOK.sha256
    assert signed.defaulted == BOOK.defaulted
    assert signed.missed == BOOK.missed
    assert not any(limit.confirmed for limit in load_book("uk").limits.values())
    assert not any(limit.confirmed for limit in load_book("us", tmp_path).limits.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64},
        {"book": "us"},
        {"doctor": ""},
        {"authorisation": ""},
        {"signed_on": "soon"},
        {"signed_on": 3},
    ],
)
def test_any_other_signature_does_not_count(tmp_path: Path, changes: dict[str, object]) -> None:
    """H10: another hash, another book, half a signature: the numbers stay unconfirmed."""
    book = load_book("uk", written(tmp_path, **changes))
    assert not any(limit.confirmed for limit in book.limits.values())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"null"])
def test_a_broken_signature_file_is_no_signature(content: bytes) -> None:
    """Whatever lies in the folder, the book loads; only a whole signature counts."""
    assert signed_by(content, BOOK.id, BOOK.sha256) is None


def test_no_folder_is_no_signature(tmp_path: Path) -> None:
    """A folder that is not there confirms nothing."""
    assert load_book("uk", tmp_path / "nowhere") == BOOK


def test_a_signature_is_never_put_under_another_book() -> None:
    """H10: also in code."""
    signature = signed_by(json.dumps(SIGNED).encode(), BOOK.id, BOOK.sha256)
    assert isinstance(signature, Signature)
    with pytest.raises(RuleBookError, match="not for 'us'"):
        confirmed(load_book("us"), signature)


@pytest.mark.parametrize(
    ("doctor", "authorisation", "jurisdiction", "day", "why"),
    [
        ("Dr. Eksempel", "0ABC1", "DK", 0, None),
        ("Dr. Eksempel", "GMC 1234567", "UK", -30, None),
        ("", "0ABC1", "DK", 0, "needs the doctor's name"),
        ("Dr. Eksempel", "", "DK", 0, "needs the doctor's name"),
        ("Dr. Eksempel", "0ABC12", "DK", 0, "no authorisation id"),
        ("Dr. Eksempel", "HESTE", "DK", 0, "no authorisation id"),
        ("Dr. Eksempel", "hest", "UK", 0, "no authorisation id"),
        ("Dr. Eksempel", "0ABC1", "DK", 1, "still to come"),
    ],
)
def test_what_may_not_be_signed(
    doctor: str, authorisation: str, jurisdiction: str, day: int, why: str | None
) -> None:
    """H10: a name, an id that can be one, and a day that is not ahead."""
    today = date(2026, 11, 30)
    made = Signature("uk", "0" * 64, doctor, authorisation, today + timedelta(days=day))
    said = why_no_signature(made, jurisdiction, today)
    assert said is None if why is None else said is not None and why in said
