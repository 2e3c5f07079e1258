"""A book's bytes, the same with one number changed, and small books that fall back to it."""

import re
from importlib.resources import files


def content(book_id: str = "dk-crk-2026") -> bytes:
    """The file as published."""
    return (files("dosing_rules") / "rulebooks" / f"{book_id}.toml").read_bytes()


def changed(name: str, rename: str | None = None, **edit: str | None) -> bytes:
    """The Danish book with lines of one number replaced by TOML text, or removed by ``None``."""
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


def number(name: str, value: str, unit: str, *, weak: str | None = None) -> str:
    """One number as TOML; ``value`` and ``weak`` are TOML text."""
    lines = [f"[numbers.{name}]", f"value = {value}", f'unit = "{unit}"', 'source = "a test"']
    lines += [f"weak = {weak}"] if weak else []
    return "\n".join([*lines, 'confirmed_on = "never"', 'confirmed_by = "nobody yet"', ""])


def local(*parts: str, falls_back_to: str = '"dk-crk-2026"') -> bytes:
    """A book that says only this, the rest from another."""
    head = 'id = "local"\ntitle = "A local book"\njurisdiction = "DK"\nvalid_from = 2026-01-01\n'
    return "\n".join([f"{head}falls_back_to = {falls_back_to}\n", *parts]).encode()
