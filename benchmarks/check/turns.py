"""One form of the core, timed in a process of its own; another process calls the turns.

    python -m benchmarks.check.turns plain|compiled [--with-peer]

It answers one line of JSON per line it is sent: `same COUNT` the hashes of so many verdicts,
`turn` one turn of every way in microseconds per check. It imports whichever `dosing_rules` stands
in the working folder.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import dosing_rules.check
from benchmarks.check.compare import SEED, TIMED, TIMED_TABLE, contexts
from benchmarks.check.snapshots import Snapshot, snapshots
from benchmarks.check.zen_forms import DecisionTable, ListExpression, SeverityList
from benchmarks.timing import interleaved_us
from dosing_rules import check_dispensing, load_book

BOOK = load_book("dk-crk-2026")
HASHED_TOGETHER = 1_000
SAME_SEED = 20_261_125


def main() -> None:
    """Answer until the other process closes."""
    form, *more = sys.argv[1:]
    assert dosing_rules.check.__file__.endswith(".py") == (form == "plain")
    ways = _ways(with_peer=bool(more))
    for line in sys.stdin:
        word, *numbers = line.split()
        if word == "same":
            said: Any = list(_hashes(int(numbers[0])))
        else:
            said = {name: rounds[0] for name, rounds in interleaved_us(ways, 1).items()}
        print(json.dumps(said), flush=True)


def _hashes(count: int) -> Iterator[str]:
    """A hash for each thousand verdicts, of all that they say."""
    for first in range(0, count, HASHED_TOGETHER):
        drawn = snapshots(min(HASHED_TOGETHER, count - first), SAME_SEED + first)
        said = [check_dispensing(*one, BOOK).as_dict() for one in drawn]
        yield sha256(json.dumps(said).encode()).hexdigest()


def _ways(*, with_peer: bool) -> dict[str, Callable[[], int]]:
    drawn = list(snapshots(2 * TIMED, SEED))
    verdicts = [check_dispensing(*one, BOOK) for one in drawn]
    quiet = [one for one, verdict in zip(drawn, verdicts, strict=True) if not verdict.findings]
    troubled = [one for one, verdict in zip(drawn, verdicts, strict=True) if verdict.findings]

    def check(which: list[Snapshot]) -> Callable[[], int]:
        def way() -> int:
            for request, patient in which:
                check_dispensing(request, patient, BOOK)
            return len(which)

        return way

    ways = {
        "all": check(drawn[:TIMED]),
        "quiet": check(quiet[:TIMED]),
        "troubled": check(troubled[:TIMED]),
    }
    if with_peer:
        ways |= _of_the_peer(contexts(drawn[:TIMED], BOOK))
    gc.collect()
    return ways


def _of_the_peer(flat: list[dict[str, Any]]) -> dict[str, Callable[[], int]]:
    """Its forms in both kinds of facts; `compare` has shown that all find the same."""

    def ask(form: Any, facts: list[Any]) -> Callable[[], int]:
        def way() -> int:
            for one in facts:
                form.ask(one)
            return len(facts)

        return way

    texts = [json.dumps(facts) for facts in flat]
    table = DecisionTable(BOOK)
    ways = {
        "table, dict": ask(table, flat[:TIMED_TABLE]),
        "table, text": ask(table, texts[:TIMED_TABLE]),
    }
    for name, form in (("list", ListExpression(BOOK)), ("severities", SeverityList(BOOK))):
        ways |= {f"{name}, dict": ask(form, flat), f"{name}, text": ask(form, texts)}
    return ways


if __name__ == "__main__":
    main()
