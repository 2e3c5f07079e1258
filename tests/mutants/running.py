"""Runs mutants, one forked process each, so that none leaves anything behind for the next.

The parent holds what is expensive and the same for all: libraries, the tables, the reference's
answers. A damage that takes effect while a module is imported is imported by the process itself,
and the parent has no piece of the core yet. The others follow, when the parent has imported it: the
process exchanges the code of one function, wherever that function is held already.
"""

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutants import killing
from tests.mutants.damage import UNDAMAGED, Mutant, code_of
from tests.mutants.killing import Known, Stage, stages_of

# Their functions run while books are read or rules are made, so they are damaged by import.
AT_WORK_EARLY = frozenset(
    (
        "rule",
        "rulebook",
        "book_numbers",
        "book_order",
        "book_problems",
        "book_signature",
        "book_tables",
        "verdict",
    )
)
ALIVE = 0
AT_IMPORT = 99
NOT_FOUND = 98
MOST_MEMORY = 4 * 2**30


@dataclass(frozen=True)
class Fate:
    """``by`` is the stage that noticed, ``import``, ``endless`` or nothing: it lives."""

    mutant: Mutant
    by: str

    @property
    def lives(self) -> bool:
        return not self.by


class _Damaged(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and runs the damaged code for it."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> object:
        if fullname != self.name:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path)  # type: ignore[arg-type]
        assert found is not None
        found.loader = self
        return found

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


def prepared(people: int) -> Known:
    """What every mutant is measured with; libraries are read in, the core is not."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        people_asked, drafts = pool.apply(killing.answered, (people,))
    import _pytest.config
    import babel.dates
    import hypothesis
    import jinja2
    import msgspec

    assert all((_pytest.config, babel.dates, hypothesis, jinja2, msgspec))
    made = killing.known()._replace(people=people_asked, written=drafts)
    gc.collect()
    gc.freeze()
    return made


class Undamaged(RuntimeError):
    """A stage objects to the core as it stands, so it says nothing about a mutant."""


def fates(
    chosen: Sequence[Mutant], known: Known, excused: Set[str], without: Set[str]
) -> Iterator[Fate]:
    """What becomes of each. Those ``excused`` went through everything once, when they were listed;
    now they are spared the slowest stages.

    Raises ``Undamaged`` when the core itself would not live.
    """
    imported = [one for one in chosen if not one.body or one.module in AT_WORK_EARLY]
    exchanged = [one for one in chosen if one.body and one.module not in AT_WORK_EARLY]
    for those in (imported, exchanged):
        if those is exchanged:
            _import_the_core()
        for module in ("rules.amount", "prescribing_rules.orders"):
            stages = [one for one in stages_of(module) if one.name not in without]
            if by := _fate(Mutant(module, UNDAMAGED, 0, ""), known, stages):
                raise Undamaged(f"{by} objects to the core as it stands")
        for mutant in those:
            stages = [one for one in stages_of(mutant.module) if one.name not in without]
            stages = [one for one in stages if not (one.slow and mutant.name in excused)]
            yield Fate(mutant, _fate(mutant, known, stages))


def _import_the_core() -> None:
    """With everything that asks it at once, and the book read."""
    import dosing_rules
    import tests.spec.findings

    assert dosing_rules.load_book(killing.BOOK_ID) and tests.spec.findings
    gc.collect()
    gc.freeze()


def _exchange(mutant: Mutant) -> None:
    """Give the damaged function its new code. Raises ``LookupError`` when it is not found."""
    module = importlib.import_module(f"dosing_rules.{mutant.module}")
    wanted = _within(code_of(mutant), mutant.body)
    function: Any = module
    for name in mutant.body.split("."):
        function = vars(function)[name]
        function = getattr(function, "ask", function)  # a rule
        function = getattr(function, "fget", function)  # a property
        function = getattr(function, "__func__", function)  # a static method
        function = getattr(function, "__wrapped__", function)  # one that remembers its answers
        if isinstance(function, FunctionType):
            function.__code__ = wanted
            return
    raise LookupError(mutant.name)


def _within(code: CodeType, body: str) -> CodeType:
    """The code of the outermost function in a dotted name."""
    for name in body.split("."):
        found = [one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name]
        code = found[0]
        if code.co_flags & inspect.CO_OPTIMIZED:
            return code
    raise LookupError(body)


def _fate(mutant: Mutant, known: Known, stages: list[Stage]) -> str:
    child = os.fork()
    if child == 0:
        _live(mutant, known, stages)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        # Processor time beyond many times what the stage needs: it never ends.
        return "endless" if os.WTERMSIG(status) == signal.SIGXCPU else "crash"
    left = os.WEXITSTATUS(status)
    if left in (ALIVE, AT_IMPORT):
        return "" if left == ALIVE else "import"
    if left == NOT_FOUND:
        raise LookupError(f"nothing to exchange: {mutant.name}")
    return stages[left - 1].name


def _live(mutant: Mutant, known: Known, stages: list[Stage]) -> None:
    """In the child: import with the damage, then stage by stage. Never returns."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    left = AT_IMPORT
    try:
        _no_longer_than(30)
        if "dosing_rules" not in sys.modules:
            sys.meta_path.insert(0, _Damaged(f"dosing_rules.{mutant.module}", code_of(mutant)))
            __import__("dosing_rules")
        elif mutant.number != UNDAMAGED:
            left = NOT_FOUND
            _exchange(mutant)
        for number, stage in enumerate(stages, start=1):
            left = number
            _no_longer_than(stage.seconds)
            stage.run(known, mutant.module)
        left = ALIVE
    except BaseException:
        pass  # noticed: what is left says where
    finally:
        os._exit(left)


def _no_longer_than(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))
