"""Reading a person's benzodiazepines, and laying a plan out for a doctor who has not signed yet."""

from dataclasses import dataclass

from dispensing.errors import CannotDecide
from dispensing.people.sessions import load_actor
from dispensing.treatment.deciding import DOCTOR, Treated, treated
from dispensing.treatment.sedatives.case import prescriber_of
from dispensing.treatment.sedatives.proposing import PlanAsked, Proposal, propose
from dispensing.treatment.sedatives.store import Kept, kept_of
from dispensing.wiring import Wiring
from dosing_rules import RuleBook


@dataclass(frozen=True, slots=True)
class Found:
    """A person with all that is kept; ``book`` is the one in force, None without one."""

    seen: Treated
    kept: Kept
    book: RuleBook | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A plan laid out for a person."""

    found: Found
    proposal: Proposal


async def load(wiring: Wiring, token: str, person_id: int) -> Found:
    """All that is kept of somebody who comes here; the look is recorded. Raises as ``treated``."""
    async with wiring.pool.connection() as connection:
        seen = await treated(wiring, connection, token, person_id, "sedatives", for_guests=True)
        kept = await kept_of(connection, person_id)
        await connection.commit()
    book_id = seen.desk.book_id
    return Found(seen, kept, None if book_id is None else wiring.book(book_id))


async def draft(wiring: Wiring, token: str, person_id: int, asked: PlanAsked) -> Drafted:
    """Lay a plan out as it would be signed now. Raises as ``load`` and ``propose``, Forbidden."""
    async with wiring.pool.connection() as connection:
        # Before anything is looked at: who may not plan learns nothing by trying.
        actor = await load_actor(connection, token, wiring.limits)
        actor.must_be(*DOCTOR)
        await connection.commit()
    found = await load(wiring, token, person_id)
    if found.book is None:
        raise CannotDecide("no rule book is in force for this unit")
    return Drafted(
        found, propose(asked, found.kept, found.seen.desk, found.book, prescriber_of(actor))
    )
