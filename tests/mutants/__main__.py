"""``python -m tests.mutants [MODULE ...] [--sample N] [--seed S]``: how many mutants are noticed.

Without a module all of ``dosing_rules``. Ends with 1 when a mutant lives that
``equivalent.toml`` does not explain, or one of those listed there is noticed or gone.
"""

import argparse
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from tests.mutants.damage import modules, mutants
from tests.mutants.killing import PEOPLE
from tests.mutants.listed import listed
from tests.mutants.running import Fate, fates, prepared
from tests.mutants.sample import sampled


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("module", nargs="*", help="such as rules.amount; default: all")
    parser.add_argument("--sample", type=int, help="so many mutants drawn from those modules")
    parser.add_argument("--named", type=Path, help="a file of names: only those")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", nargs="*", default=[], help="stages to leave out, for a look")
    parser.add_argument("--people", type=int, default=PEOPLE, help="asked beside the reference")
    parser.add_argument("--names", action="store_true", help="list the mutants and end")
    asked = parser.parse_args()
    wanted, excused = asked.module or modules(), listed()
    chosen = [mutant for module in wanted for mutant in mutants(module)]
    if asked.sample:
        unlisted = [mutant for mutant in chosen if mutant.name not in excused]
        chosen = sampled(unlisted, asked.sample, asked.seed)
    if asked.named:
        names = set(asked.named.read_text("utf-8").splitlines())
        chosen = [mutant for mutant in chosen if mutant.name in names]
    if asked.names:
        print("\n".join(f"{mutant.line}: {mutant.name}" for mutant in chosen))
        return 0
    begun = time.process_time()
    known = prepared(asked.people)
    wrong: list[str] = []
    found: list[Fate] = []
    try:
        for fate in fates(chosen, known, set(excused), set(asked.without)):
            found.append(fate)
            if fate.lives and fate.mutant.name not in excused:
                wrong.append(fate.mutant.name)
                print(f"LIVES    {fate.mutant.line}: {fate.mutant.name}", flush=True)
            elif not fate.lives and fate.mutant.name in excused:
                wrong.append(fate.mutant.name)
                print(f"NOTICED by {fate.by}, though listed: {fate.mutant.name}", flush=True)
    except KeyboardInterrupt:
        print(f"Ended after {len(found):,} of {len(chosen):,}; the figures are of those.")
        wrong.append("ended")
    if not (asked.sample or asked.named or "ended" in wrong):
        gone = {name for name in excused if name.partition(":")[0] in wanted}
        gone -= {mutant.name for mutant in chosen}
        wrong += sorted(gone)
        print("".join(f"GONE, though listed: {name}\n" for name in sorted(gone)), end="")
    report(found, set(excused))
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = time.process_time() - begun + children.ru_utime + children.ru_stime
    print(f"{used:.0f} s of processor time")
    return 1 if wrong else 0


def report(found: list[Fate], excused: set[str]) -> None:
    """Per module and in all: noticed of how many, with and without those that change nothing."""
    rows = Counter[tuple[str, str]]()
    for fate in found:
        kind = "noticed" if not fate.lives else "equivalent"
        if fate.lives and fate.mutant.name not in excused:
            kind = "lives"
        for module in (fate.mutant.module, "all"):
            rows[module, kind] += 1
    print(f"{'module':32} {'mutants':>8} {'noticed':>8} {'equivalent':>10} {'lives':>6}")
    for module in [*dict.fromkeys(fate.mutant.module for fate in found), "all"]:
        noticed, same, lives = (rows[module, kind] for kind in ("noticed", "equivalent", "lives"))
        total = noticed + same + lives
        print(
            f"{module:32} {total:>8,} {noticed:>8,} {same:>10,} {lives:>6,}"
            f"   {noticed / total:7.2%} of all, {noticed / max(total - same, 1):7.2%} without"
        )
    print("noticed by: " + ", ".join(f"{by} {n:,}" for by, n in _stages(found)))


def _stages(found: list[Fate]) -> list[tuple[str, int]]:
    return Counter(fate.by for fate in found if fate.by).most_common()


if __name__ == "__main__":
    sys.exit(main())
