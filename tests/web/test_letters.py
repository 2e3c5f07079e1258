"""The letters of the counter's actions: each can really be pressed, and only one means it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2] / "dispensing"
DRAWER = re.compile(r"drawer\('([a-z-]+)', '([a-z])'")
KEPT = re.compile(r'key === "([a-z])"')


def test_no_action_has_a_letter_that_begins_a_scan() -> None:
    """A letter kept for the scanner opens nothing: what is typed next would go elsewhere."""
    kept = set(KEPT.findall((ROOT / "web/static/keys.js").read_text()))
    assert {"k", "b", "h", "m"} <= kept
    drawers = [
        found
        for file in (ROOT / "counter/templates").rglob("*.html")
        for found in DRAWER.findall(file.read_text())
    ]
    assert len(drawers) > 10
    assert [name for name, letter in drawers if letter in kept] == []
