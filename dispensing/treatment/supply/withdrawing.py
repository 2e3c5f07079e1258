"""A doctor ends a supply order: the coming days are the unit's again, from today on."""

from collections.abc import Sequence
from dataclasses import replace

from dispensing.counter.outcome import Outcome
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment.deciding import Decided, Deciding, decide, words
from dispensing.treatment.supply.following import Following
from dispensing.treatment.supply.planning import days_of, terms_of
from dispensing.treatment.supply.store import FRAME, Frame, frame_from
from dispensing.wiring import Wiring


async def withdraw_supply(
    wiring: Wiring,
    token: str,
    person_id: int,
    reason: str,
    key: str,
    struck_out: Sequence[tuple[int, int]] = (),
) -> Outcome:
    """End the person's supply order. A day of which a dose is taken stays the pharmacy's.

    A list in use at the pharmacy goes on saying that the person may be given from it: the row, as
    (serial, row), has to be struck out and named, on one list at least. Raises Conflict
    (``no-supply-order``), (``supply-on-paper``) while no such row is named, (``paper-in-use``)
    while one of the places hands out from paper; and as ``decide``.
    """
    why = words(reason, "reason")
    assert why is not None, "needed"

    def build(case: Deciding) -> Decided:
        assert case.found is not None, "a frame for everybody"
        frame = _struck(frame_from(case.found[0]), struck_out)
        running = frame.running
        if running is None:
            raise Conflict("no supply order goes on for this person", slug="no-supply-order")
        days = days_of(
            frame,
            None,
            unit_id=case.actor.unit_id,
            from_on=frame.today,
            ordered_until=None,
        )
        following = Following(case, frame, wiring)
        until = min(running.until_on, frame.today)
        statements, entry = following.write(
            "ended",
            terms_of(running),
            replace(days, until_on=until),
            reason=why,
            supply=(running.supply_id, running.version + 1),
            further=0,
            struck_out=sorted(set(struck_out)),
        )
        return Decided(tuple(statements), (entry,))

    also = (f"SELECT {FRAME}", {"person_id": person_id, "pharmacy": None})
    told = [why, sorted(set(struck_out))]
    return await decide(wiring, token, person_id, key, "end supply", told, build, also=also)


def _struck(frame: Frame, struck_out: Sequence[tuple[int, int]]) -> Frame:
    """The frame without the paper whose row is struck out. Raises Conflict, Unprocessable."""
    standing = frame.running
    if standing is None:
        return frame
    if frame.paper_now:
        raise Conflict(
            "a place hands out from paper, or rows are not typed in yet", slug="paper-in-use"
        )
    rows = set(struck_out)
    if rows - frame.giving:
        raise Unprocessable("no such row on a list that still gives", field="struck_out")
    if frame.giving and not rows:
        raise Conflict(
            "have the row struck out on the pharmacy's list first",
            slug="supply-on-paper",
            rows=sorted(frame.giving)[-1:],
        )
    pharmacy = standing.pharmacy_unit_id
    left = frozenset(one for one in frame.on_paper if one[0] != pharmacy)
    return replace(frame, on_paper=left)
