"""The step an act carries of its own, where the unit asks for it: this person, here, now.

A session left open cannot hand out in another's name: the PIN or card is that of the person signed
in, verified before the person in treatment is locked, so that nobody waits for a hash.
"""

from dataclasses import dataclass
from typing import Literal

from dispensing.errors import Forbidden, StepNeeded
from dispensing.people.cards import staff_of_card
from dispensing.people.pins import check_pin
from dispensing.people.sessions import Actor, House, load_actor

IdentifiedBy = Literal["session", "pin", "card"]


@dataclass(frozen=True, slots=True)
class Step:
    """What was keyed or scanned with an act. Neither is ever kept, logged or hashed into a key."""

    pin: str | None = None
    card: str | None = None

    def __repr__(self) -> str:
        return "Step(…)"


@dataclass(frozen=True, slots=True)
class Identified:
    """Who the step showed, and how."""

    staff_id: int
    by: IdentifiedBy


async def identify(house: House, token: str, step: Step | None) -> Identified | None:
    """Whom the step shows; None without one. The step must be the signed-in person's own.

    Raises NotSignedIn (``wrong-pin``, ``unknown-card``, …) and Forbidden (``card-of-another``):
    nothing is changed then but the count of tries.
    """
    if step is None or (step.pin is None and step.card is None):
        return None
    async with house.pool.connection() as connection:
        actor = await load_actor(connection, token, house.limits, quietly=True)
        if step.card is not None:
            if await staff_of_card(house, connection, step.card) != actor.staff_id:
                await connection.commit()
                raise Forbidden("this card is somebody else's", slug="card-of-another")
            await connection.commit()
            if step.pin is None:
                return Identified(actor.staff_id, "card")
        await connection.commit()
    await check_pin(house, actor.staff_id, step.pin or "")
    return Identified(actor.staff_id, "pin")


def identified_by(
    actor: Actor, moment: Literal["reserve", "given"], step: Identified | None
) -> IdentifiedBy:
    """How the act was identified, for its entry. Raises StepNeeded where the unit asks for more.

    A unit that asks for cards takes the PIN too: a card left at home must not stop a hand-out.
    """
    if step is not None and step.staff_id != actor.staff_id:
        raise StepNeeded("the step is another person's", needs=actor.per_act_step)
    # A machine's client has no screen that somebody could have left open.
    if actor.client_id is not None or not actor.policy.asks_at(moment):
        return step.by if step is not None else "session"
    return proven(actor, step).by


def proven(actor: Actor, step: Identified | None) -> Identified:
    """The step, if it is the actor's own and of the kind the unit asks for. Raises StepNeeded."""
    if step is None or (actor.per_act_step == "pin" and step.by != "pin"):
        raise StepNeeded("key your PIN or scan your card with this act", needs=actor.per_act_step)
    if step.staff_id != actor.staff_id:
        raise StepNeeded("the step is another person's", needs=actor.per_act_step)
    return step
