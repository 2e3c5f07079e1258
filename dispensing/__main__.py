"""The command `dispensing`."""

from __future__ import annotations

from importlib.metadata import version as installed_version

import typer

from dispensing.commands import (
    audit,
    auditing,
    backup,
    checking,
    clients,
    demonstration,
    ledger,
    numbers,
    replay,
    restoration,
    rulebook,
    schema,
    serving,
    staff,
)

app = typer.Typer(
    name="dispensing",
    no_args_is_help=True,
    add_completion=False,
    # A trace with local values would print what we must not print.
    pretty_exceptions_enable=False,
    help="Medication dispensing and substitution-safety service.",
)
for group in (
    serving,
    demonstration,
    schema,
    backup,
    restoration,
    ledger,
    numbers,
    replay,
    rulebook,
    staff,
    checking,
    clients,
    audit,
    auditing,
):
    group.register(app)


@app.command("version")
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("dispensing"))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
