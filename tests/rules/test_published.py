"""What was published stays: a change to a book is a new file with a new id."""

import json
from pathlib import Path

import pytest

from tests.rules import publish
from tests.rules.publish import hashes, published


def test_published_books_were_not_edited() -> None:
    """H10: run ``python -m tests.rules.publish`` for a new book; an edited one is refused."""
    assert hashes() == published()


def test_an_edited_book_is_not_published_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """H10: the command adds what is new and refuses what was changed."""
    file = tmp_path / "published.json"
    monkeypatch.setattr(publish, "PUBLISHED", file)
    assert publish.main(again=False) == 0
    assert published() == hashes()
    file.write_text(json.dumps({"uk": "0" * 64}), encoding="utf-8")
    assert publish.main(again=False) == 1
    assert "never edited: uk" in capsys.readouterr().err
    assert publish.main(again=True) == 0
    assert published() == hashes()
