"""What a move writes in the ledger: away, back, the letter, the offer and its answer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.people.sessions import Actor
from dispensing.unit_acts import Place


def person_away(
    act: Act,
    *,
    away_id: int,
    place: str,
    name: str,
    told_by: str,
    since_at: datetime,
    expected_on: date | None,
    gives: bool | None,
    home_doses: int,
) -> Entry:
    """From now on the right to dispense lies at a place outside the service."""
    facts = {
        "away": away_id,
        "place": place,
        "name": name,
        "told_by": told_by,
        "since_at": since_at.isoformat(),
        "expected_on": None if expected_on is None else expected_on.isoformat(),
        "gives": gives,
        "home_doses": home_doses,
    }
    return entry_of(act, "person-away", facts)


def person_back(
    act: Act, facts: Mapping[str, object], *, away_id: int, unknown_through: date | None
) -> Entry:
    """The right lies again where it lay; ``unknown_through``: the last day nobody knows of."""
    until = None if unknown_through is None else unknown_through.isoformat()
    return entry_of(act, "person-back", {"away": away_id, "unknown_through": until, **facts})


def letter_written(act: Act, *, letter_id: int, to_name: str) -> Entry:
    """A letter for the place that takes over was written down as it stands now."""
    return entry_of(act, "move-letter-written", {"letter": letter_id, "to": to_name})


def move_offered(act: Act, *, offer_id: int, to_unit_id: int, letter_id: int, reason: str) -> Entry:
    """A doctor offers the treatment to another unit; nothing moves before one there accepts."""
    facts = {"offer": offer_id, "to_unit": to_unit_id, "letter": letter_id, "reason": reason}
    return entry_of(act, "move-offered", facts)


def move_answered(act: Act, *, offer_id: int, answer: str, reason: str | None) -> Entry:
    """Declined there, or withdrawn here: everything stays where it is."""
    return entry_of(act, "move-answered", {"offer": offer_id, "answer": answer, "reason": reason})


def treatment_moved(
    act: Act, *, offer_id: int, from_unit_id: int, order: Sequence[int] | None
) -> Entry:
    """A doctor accepted: course and order (id, version) are this unit's from now on."""
    facts = {"offer": offer_id, "from_unit": from_unit_id, "order": list(order or ())}
    return entry_of(act, "treatment-moved", facts)


def treatment_left(unit_id: int, actor: Actor, place: Place, *, offer_id: int) -> Entry:
    """In the chain of the unit that offered: what it offered was accepted. Names nobody."""
    return Entry(
        kind="treatment-left",
        unit_id=unit_id,
        actor_id=actor.staff_id,
        on=place.on,
        facts={"at": place.at.isoformat(), "offer": offer_id, "to_unit": actor.unit_id},
    )
