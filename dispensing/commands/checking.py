"""check: answer JSON Lines scenarios with the rules alone, no database."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from dispensing.commands.screen import refuse


def register(app: typer.Typer) -> None:
    app.command("check")(check)


def check(
    file: Annotated[str, typer.Argument(help="a file of JSON Lines, or - for standard input")],
) -> None:
    """Answer each scenario in FILE with its verdict, in the words of the API."""
    from dispensing.check_scenarios import answer_lines

    try:
        with nullcontext(sys.stdin) if file == "-" else open(file, encoding="utf-8") as lines:
            failed = False
            for answer, understood in answer_lines(lines):
                typer.echo(answer)
                failed = failed or not understood
    except OSError as trouble:
        raise refuse(f"Cannot read {file}: {trouble.strerror}.") from None
    if failed:
        raise typer.Exit(1)
