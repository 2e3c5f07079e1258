"""What every command says on the screen, and how it ends when it cannot go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def step(what: str) -> Iterator[None]:
    """A line that turns while the step runs and ends with its time when it took over a second."""
    since = time.monotonic()
    with console.status(f"{what} …"):
        yield
    took_s = time.monotonic() - since
    console.print(f"[green]✔[/] {what}" + (f" ({took_s:.0f} s)" if took_s >= 1 else ""))


def refuse(message: str, code: int = 1) -> typer.Exit:
    """Say why nothing was done. Use as `raise refuse(...)`."""
    errors.print("[bold red]✘[/] ", end="")
    errors.print(message, markup=False)
    return typer.Exit(code)
