"""The text of a succession: a log that lost entries goes on under another origin."""

from __future__ import annotations

import base64

SUCCESSION = "dispensing ledger succession v1"


def succession_text(old: str, new: str, kept: int, root: bytes) -> str:
    """What the old log's key signs when a new one follows: how much of the old is in the new."""
    return f"{SUCCESSION}\n{old}\n{new}\n{kept}\n{base64.b64encode(root).decode()}\n"
