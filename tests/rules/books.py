"""The Danish book's bytes, and the same with one number changed."""

import re
from importlib.resources import files


def content() -> bytes:
    """The file as published."""
    return (files("dosing_rules") / "rulebooks" / "dk-crk-2026.toml").read_bytes()


def changed(name: str, rename: str | None = None, **edit: str | None) -> bytes:
    """The file with lines of one number replaced by TOML text, or removed by ``None``."""
    text = content().decode()
    head = f"[numbers.{name}]\n"
    before, _, rest = text.partition(head)
    assert rest, name
    entry, blank, after = rest.partition("\n\n")
    for key, value in edit.items():
        line = "" if value is None else f"{key} = {value}\n"
        entry, count = re.subn(rf"^{key} = .*(\n|$)", line, entry, flags=re.MULTILINE)
        assert count == 1
    head = f"[numbers.{rename}]\n" if rename else head
    return f"{before}{head}{entry}{blank}{after}".encode()
