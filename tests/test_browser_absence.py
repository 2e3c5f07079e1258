"""Without Chromium nobody may believe that the pages were tested."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ONE_OF_EACH = """
import pytest

@pytest.mark.browser
def test_page(chromium):
    assert chromium

def test_rule():
    pass
"""


def run_without_chromium(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(ONE_OF_EACH)
    environment = {"PATH": "/nonexistent", "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    arguments = ["-p", "tests.conftest", "--confcutdir", folder, "-c", ROOT / "pyproject.toml"]
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *map(str, arguments),
            "-p",
            "no:cacheprovider",
            str(folder),
        ],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_elsewhere_they_are_skipped_and_the_end_of_the_run_says_so(tmp_path: Path) -> None:
    done = run_without_chromium(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 skipped" in done.stdout
    assert "BROWSER TESTS DID NOT RUN" in done.stdout
    assert "UNTESTED" in done.stdout


def test_on_the_build_machine_their_absence_fails(tmp_path: Path) -> None:
    done = run_without_chromium(tmp_path, CI="true")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 passed, 1 error" in done.stdout
    assert "browser tests need Chromium" in done.stdout


@pytest.mark.skipif(not os.environ.get("CI"), reason="outside CI Chromium may be absent")
def test_the_build_machine_has_chromium(chromium: str) -> None:
    assert Path(chromium).exists()
