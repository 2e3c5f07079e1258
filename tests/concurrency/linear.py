"""Can the history of one dose be put in one order in which every answer was true?

A small depth-first search: an operation may be placed when no other one had ended before it began.
A dose is none, reserved, uncertain or given. What was tried before, the set of placed operations
with the state it led to, is remembered. Refusals that are true where they stand are placed at once:
they change nothing, so placing them earlier never hurts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

TAKEN_WORDS = {
    "reserved": "being-handed-out",
    "uncertain": "outcome-uncertain",
    "given": "already-given",
}
TAKEN = frozenset(TAKEN_WORDS.values())
ENDINGS = frozenset({"returned", "spilled", "refused"})
OPEN = ("reserved", "uncertain")


class State(NamedTuple):
    """What is so of one dose; ``reversed_ids`` are hand-outs taken back."""

    phase: str = "none"
    reservation_id: int | None = None
    reversed_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One operation with its answer. ``words`` are a refusal's reasons; () says it succeeded."""

    verb: str
    reservation_id: int | None
    words: frozenset[str]
    started: float
    ended: float
    name: str = ""

    @property
    def refusal(self) -> bool:
        return bool(self.words)


def after(state: State, step: Step) -> State | None:
    """The state after a step, or None where its answer would not be true."""
    if step.verb == "end":
        return state if (state.phase, state.reservation_id) == _expected(step) else None
    if step.refusal:
        return state if _true(state, step) else None
    here = state.reservation_id == step.reservation_id
    open_here = here and state.phase in OPEN
    match step.verb:
        case "reserve" if state.phase == "none":
            return State("reserved", step.reservation_id, state.reversed_ids)
        case "given" if open_here:
            return state._replace(phase="given")
        case "doubts" if here and state.phase == "reserved":
            return state._replace(phase="uncertain")
        case "reversals" if here and state.phase == "given":
            assert step.reservation_id is not None
            return State("none", None, state.reversed_ids | {step.reservation_id})
        case verb if verb in ENDINGS and open_here:
            return State("none", None, state.reversed_ids)
    return None


def _expected(step: Step) -> tuple[str, int | None]:
    (phase,) = step.words
    return phase, step.reservation_id


def _true(state: State, step: Step) -> bool:
    here = state.reservation_id == step.reservation_id
    if step.verb == "reserve":
        if step.words == {"conflict"}:
            return state.phase != "none"
        return TAKEN_WORDS.get(state.phase) in step.words
    if len(step.words) != 1:
        return False  # The rules refused to end a reservation: nothing in a fire allows that.
    (word,) = step.words
    if word == "already-resolved":
        return not (here and state.phase in OPEN)
    if word == "already-uncertain":
        return here and state.phase == "uncertain"
    if word == "not-given":
        given = here and state.phase == "given"
        return not given and step.reservation_id not in state.reversed_ids
    if word == "already-reversed":
        return step.reservation_id in state.reversed_ids
    return False


def linearizable(steps: Sequence[Step]) -> bool:
    """Whether some order explains every answer, beginning with a dose nobody has taken."""
    ordered = sorted(steps, key=lambda step: step.started)
    everything = (1 << len(ordered)) - 1
    waiting: list[tuple[int, State]] = [(0, State())]
    seen: set[tuple[int, State]] = set()
    while waiting:
        placed, state = waiting.pop()
        if placed == everything:
            return True
        if (placed, state) in seen:
            continue
        seen.add((placed, state))
        left = [number for number in range(len(ordered)) if not placed >> number & 1]
        horizon = min(ordered[number].ended for number in left)
        further: list[tuple[int, State]] = []
        for number in left:
            step = ordered[number]
            if step.started > horizon:
                break
            then = after(state, step)
            if then is None:
                continue
            if then == state:
                further = [(placed | 1 << number, then)]
                break
            further.append((placed | 1 << number, then))
        waiting += further
    return False
