"""The real service on one port, as a process that the fire may kill; or with one barrier taken out.

``python -m tests.concurrency.server PORT [FAULT ...]`` with ``DATABASE_URL`` in the environment.
Faults: ``no-lock`` reads the person without locking, ``blind-key`` never finds an earlier answer.
"""

from __future__ import annotations

import sys

import uvicorn

from dispensing.counter import act, loading
from tests.concurrency.processes import die_with_parent


def take_out(fault: str) -> None:
    """Take one barrier out of this process."""
    if fault == "no-lock":
        loading.LOCK_PERSON = _unlocked(loading.LOCK_PERSON)
        loading.LOCK_PERSON_OF_RESERVATION = _unlocked(loading.LOCK_PERSON_OF_RESERVATION)
    elif fault == "blind-key":
        assert act.LOAD_ANSWER.count("WHERE key") == 1
        act.LOAD_ANSWER = act.LOAD_ANSWER.replace("WHERE key", "WHERE false AND key")
    else:
        raise SystemExit(f"unknown fault {fault}")


def _unlocked(sql: str) -> str:
    assert sql.count("FOR UPDATE") == 1
    return sql.replace("FOR UPDATE", "")


if __name__ == "__main__":
    die_with_parent()
    for named in sys.argv[2:]:
        take_out(named)
    uvicorn.run(
        "dispensing.app:create_app",
        factory=True,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="error",
    )
