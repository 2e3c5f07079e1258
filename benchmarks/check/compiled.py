"""The very same source of the core compiled by mypyc, beside plain Python and beside the peer.

Nothing of it is installed or shipped (docs/decisions says why): the compiler gets an environment of
its own and the compiled copy a folder, both under `build/`.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bars import Bar, Result
from benchmarks.timing import ratio

TIMES_PLAIN, ROUNDS = 5.0, 15
COMPILER = ("mypy==2.4.1", "setuptools==65.5.0")
ROOT = Path(__file__).parent.parent.parent
TOOLS, CORE = ROOT / "build" / "mypyc", ROOT / "build" / "compiled"
# Lists of rules, what only reads a book's file and what only the replay makes its values with stay
# as they are: none is part of a check.
PLAIN = (
    "__init__.py",
    "book_numbers.py",
    "book_problems.py",
    "book_signature.py",
    "book_tables.py",
    "quick_values.py",
)
_SETUP = """
from setuptools import setup
from mypyc.build import mypycify
flags = ["--follow-imports=silent", "--disable-error-code=arg-type"]
modules = mypycify(flags + {modules!r}, opt_level="3")
setup(name="dosing-rules", packages=["dosing_rules"], ext_modules=modules)
"""


def compiled(count: int) -> Result:
    """Build, assert equal verdicts on `count` random people, then time both in turns."""
    build()
    with _form("plain", ROOT, "--with-peer") as plain, _form("compiled", CORE) as other:
        hashes = plain(f"same {count}")
        if other(f"same {count}") != hashes:
            raise SystemExit("the compiled core does not say the same as the plain one")
        turns = [(plain("turn"), other("turn")) for _ in range(ROUNDS)]
    taken = {
        form: {way: [turn[place][way] for turn in turns] for way in turns[0][place]}
        for place, form in enumerate(("plain", "compiled"))
    }
    ours, theirs = taken["compiled"], taken["plain"]
    peer = {name: rounds for name, rounds in theirs.items() if name not in ours}
    medians = {name: statistics.median(rounds) for name, rounds in peer.items()}
    table = min([name for name in medians if name.startswith("table")], key=medians.__getitem__)
    best = min([name for name in medians if not name.startswith("table")], key=medians.__getitem__)
    times = {way: ratio(theirs[way], rounds) for way, rounds in ours.items()}
    return Result(
        "compiled",
        [
            Bar(
                "the same source compiled, beside plain (to be worth a wheel of its own)",
                times["all"],
                TIMES_PLAIN,
                "times faster",
                at_least=True,
            )
        ],
        {
            "equal_verdicts": count,
            "times_faster_than_plain": {way: round(value, 2) for way, value in times.items()},
            "us_per_check": {
                form: {way: round(statistics.median(taken[form][way]), 2) for way in ours}
                for form in taken
            }
            | {"peer": {name: round(value, 2) for name, value in medians.items()}},
            "times_the_peers_best": _beside(peer[best], taken),
            "times_the_peers_table": _beside(peer[table], taken),
        },
    )


def _beside(peer: list[float], taken: dict[str, dict[str, list[float]]]) -> dict[str, float]:
    return {form: round(ratio(peer, ways["all"]), 2) for form, ways in taken.items()}


def build() -> None:
    """Compile a copy of the core into `build/compiled`. Raises `SystemExit` when it fails."""
    if not (TOOLS / "bin" / "mypyc").exists():
        _run([sys.executable, "-m", "venv", str(TOOLS)])
        pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run([*pip, *COMPILER])
    shutil.rmtree(CORE, ignore_errors=True)
    shutil.copytree(ROOT / "dosing_rules", CORE / "dosing_rules")
    found = [path.relative_to(CORE) for path in sorted(CORE.rglob("*.py"))]
    modules = [str(path) for path in found if path.name not in PLAIN]
    (CORE / "setup.py").write_text(_SETUP.format(modules=modules))
    _run([str(TOOLS / "bin" / "python"), "setup.py", "build_ext", "--inplace"], CORE)


def _run(command: list[str], folder: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def _form(name: str, folder: Path, *more: str) -> Iterator[Any]:
    """A process that times one form; called with a line, it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.check.turns", name, *more],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    to, back = process.stdin, process.stdout

    def ask(line: str) -> Any:
        to.write(line + "\n")
        to.flush()
        answer = back.readline()
        if not answer:
            raise SystemExit(f"the {name} form ended")
        return json.loads(answer)

    try:
        yield ask
    finally:
        to.close()
        process.wait()
