"""What is taken, written as one list, and that the person was told; signed and dated today."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from dispensing.acts import entry_of
from dispensing.counter.outcome import Outcome
from dispensing.errors import Conflict
from dispensing.treatment.deciding import Decided, words
from dispensing.treatment.sedatives import store
from dispensing.treatment.sedatives.case import (
    Case,
    care_after,
    decide_about,
    has_gone_down,
    list_statements,
    listed_load,
    of_plan,
)
from dispensing.treatment.sedatives.entries import sedatives_recorded
from dispensing.treatment.sedatives.load import Taken, load_of
from dispensing.treatment.sedatives.proposing import checked_list
from dispensing.wiring import Wiring


async def record_list(
    wiring: Wiring, token: str, person_id: int, items: Sequence[Taken], note: str | None, key: str
) -> Outcome:
    """Write what is taken, all of it; an empty list says that somebody asked and there is none.

    Where a plan runs and its medicine is taken otherwise, that is found and kept as such.
    Raises Unprocessable, and what ``decide`` raises, as every act here does.
    """

    def build(case: Case) -> Decided:
        kept, signed = case.kept, case.signed
        listed = checked_list(items, case.on)
        said = words(note, "note", needed=False)
        statements = list_statements(case, listed, said)
        different: dict[str, Any] | None = None
        plan, stands = kept.running, kept.stands(case.on)
        if plan is not None and stands is not None:
            own = next((one for one in listed if one.atc == plan.atc), None)
            dose_ug = 0 if own is None else own.daily_ug
            if dose_ug is not None and dose_ug != stands.actual_ug:
                found: dict[str, Any] = {"before_ug": stands.actual_ug, "dose_ug": dose_ug}
                how = {"how": "found", "reason": said, "findings": Jsonb([])}
                row = signed | found | how | of_plan(plan)
                statements.append((store.ADD_STEP, row))
                different = found | {"plan": plan.version}
        care, told = care_after(
            case,
            load_of(listed),
            told=None if listed else False,
            plan_on=None if plan is None else plan.looked_at_on,
            tapering=has_gone_down(kept),
        )
        entry = sedatives_recorded(case.deciding.act(), listed, said, different)
        return Decided((*statements, care), (entry, told))

    asked = [msgspec.to_builtins(list(items)), note]
    return await decide_about(wiring, token, person_id, key, "record sedatives", asked, build)


async def tell(wiring: Wiring, token: str, person_id: int, note: str, key: str) -> Outcome:
    """The person was told what they take and why less is wanted; ``note`` says what was said."""

    def build(case: Case) -> Decided:
        said, kept = words(note, "note"), case.kept
        load = listed_load(kept)
        if load.high_ug == 0:
            raise Conflict("the list is empty: there is nothing to tell of", slug="nothing-taken")
        event = case.signed | {"kind": "told", "version": None, "note": said}
        plan = kept.running
        plan_on = None if plan is None else plan.looked_at_on
        care, told = care_after(
            case, load, told=True, plan_on=plan_on, tapering=has_gone_down(kept)
        )
        entry = entry_of(case.deciding.act(), "sedatives-told", {"note": said})
        return Decided(((store.ADD_EVENT, event), care), (entry, told))

    return await decide_about(wiring, token, person_id, key, "tell of sedatives", note, build)
