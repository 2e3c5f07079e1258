"""Every command on a database whose schema nobody has made yet: a sentence, and no trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from typer.testing import CliRunner

from dispensing.__main__ import app
from tests.clusters import end_cluster, new_cluster

# They make the schema or a database of their own, or read books and scenarios alone; ``serve`` and
# ``self-check`` end with three, which ``test_commands`` holds.
NEEDS_NONE = {
    # The signer's folder alone, and a file that is read first.
    *("ledger keys", "ledger add-cosignature"),
    *("migrate", "prepare-database", "version", "demo", "restore", "check", "serve", "self-check"),
    *(f"rulebook {one}" for one in ("diff", "list", "show", "sign", "validate")),
}
GROUP: Any = typer.main.get_command(app)


def commands(group: Any, before: tuple[str, ...] = ()) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, one in group.commands.items():
        where = (*before, name)
        found |= commands(one, where) if hasattr(one, "commands") else {" ".join(where): one}
    return found


ALL = commands(GROUP)


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    cluster = new_cluster()
    cluster.release()
    yield cluster.data_dir
    end_cluster(cluster)


def arguments(command: click.Command, folder: Path) -> list[str]:
    """Something for all that the command asks for."""
    said: list[str] = []
    known = {
        "book": "dk-crk-2026",
        "book_id": "dk-crk-2026",
        "role": "nurse",
        "file": str(folder / "file"),
        "purpose": "seal",
        "from_on": "2030-01-01",
        "to_on": "2030-01-01",
        "day": "2030-01-01",
        "chain": "1",
        "keys": "https://keys.example/jwks",
    }
    for one in command.params:
        if not one.required:
            continue
        value = known.get(str(one.name), "somebody")
        said += [value] if one.param_type_name == "argument" else [one.opts[0], value]
    if any("--issuer" in one.opts for one in command.params):
        said += ["--issuer", "https://login.example"]
    if any("--waiting" in one.opts for one in command.params):
        said += ["--waiting"]
    return said


@pytest.mark.parametrize("name", sorted(set(ALL) - NEEDS_NONE))
def test_a_command_without_a_schema_says_what_to_do(
    name: str, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPENSING_DATA_DIR", str(empty))
    monkeypatch.setenv("COLUMNS", "200")
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(variable, raising=False)
    typed = "M-7QK2XW49\n" if name == "staff card" else 2 * "a long enough password\n"
    done = CliRunner().invoke(app, [*name.split(), *arguments(ALL[name], tmp_path)], input=typed)
    told = done.stdout + done.stderr
    assert isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == 1, told
    assert "Traceback" not in told and "dispensing migrate" in told, told
