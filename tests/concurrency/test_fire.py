"""The short fire of every test run; ``make fire`` burns longer with the same code.

Real processes, a real PostgreSQL with fsync on, real kills. See ``fire.py`` and ``checker.py``.
"""

import subprocess
import warnings

import psycopg
import pytest

from tests.concurrency.fire import Burnt, Plan, burn

LEAST_ATTEMPTS = 8


@pytest.fixture(scope="module")
def burnt(tmp_path_factory: pytest.TempPathFactory) -> Burnt:
    try:
        done = burn(Plan(), tmp_path_factory.mktemp("fire"))
    except (RuntimeError, OSError, psycopg.Error, subprocess.TimeoutExpired) as trouble:
        # A fire that could not be carried out says nothing of the invariants; it is told, and lit
        # once more. What the checker finds is never tried again.
        warnings.warn(f"the first fire could not be carried out: {trouble}", stacklevel=1)
        done = burn(Plan(seed=8), tmp_path_factory.mktemp("fire"))
    print(done)
    return done


@pytest.mark.fire
@pytest.mark.slow
def test_no_dose_is_given_twice_and_nothing_acknowledged_is_lost(burnt: Burnt) -> None:
    """H01, H02, H04, H05, H06: every invariant I1 to I9 holds after the kills and cuts."""
    assert burnt.report.sound, f"\n{burnt}"


@pytest.mark.fire
@pytest.mark.slow
def test_the_kills_hit_open_transactions(burnt: Burnt) -> None:
    """H05: a fire that kills only idle processes proves nothing."""
    kinds = {kill.what for kill in burnt.kills}
    assert kinds == {
        "service",
        "backend",
        "backend-ended",
        "postgres-all",
        "postgres-parent",
        "postgres-immediate",
    }
    assert len(burnt.kills) >= 10, f"\n{burnt}"
    assert burnt.kills_inside >= 5, f"\n{burnt}"
    assert sum(kill.with_writes for kill in burnt.kills) > 0, f"\n{burnt}"
    assert burnt.client_crashes >= 2
    assert burnt.cuts.total() > 0


@pytest.mark.fire
@pytest.mark.slow
def test_every_dose_was_contested(burnt: Burnt) -> None:
    """H01, H02: at every dose somebody was told that it is taken; each was tried for many times."""
    attempts, refusals = burnt.attempts(), burnt.refusals()
    doses = {one.person_id for one in burnt.history.values()}
    assert len(doses) == burnt.plan.doses
    assert min(attempts[dose] for dose in doses) >= LEAST_ATTEMPTS, f"\n{burnt}"
    assert min(refusals[dose] for dose in doses) >= 1, f"\n{burnt}"


@pytest.mark.fire
@pytest.mark.slow
def test_no_answer_was_a_stack_trace(burnt: Burnt) -> None:
    """A database that dies gives 503 with the advice to repeat, never a 500."""
    unclear = {status for one in burnt.history.values() for status in one.unclear}
    assert unclear <= {503}, f"\n{burnt}"
    told = {one.status for one in burnt.history.values()}
    assert told <= {200, 201, 404, 409, None}, f"\n{burnt}"
