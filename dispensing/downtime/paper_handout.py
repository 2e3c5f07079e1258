"""A dose had from paper as the counter records one: reserved and given, claimed at once."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

from audit.ledger.entry import Entry
from dispensing.counter import entries as handout
from dispensing.counter import store
from dispensing.counter.give import starts_course
from dispensing.counter.reserve import interval_minutes
from dispensing.counter.staying import observation_minutes, observation_reason
from dispensing.downtime import paper_store
from dispensing.downtime.account import Account, Weighed, dose_rows
from dispensing.downtime.paper_store import rows_of
from dispensing.downtime.rows import DoseLine
from dispensing.once_per_key import Statement
from dosing_rules import DoseAsked, Observed, Prescription, Request, RuleBook, check_dispensing


async def weigh(
    connection: AsyncConnection[Any], account: Account, book: RuleBook, doses: Sequence[DoseLine]
) -> Weighed:
    """Ask the rules, for information, and look for what was swallowed too near in time."""
    patient = account.patient
    order = patient.prescription
    if order is None:
        raise ValueError("without an order nothing is weighed")
    request = Request(
        at=account.told.happened_at or account.place.at,
        on=account.for_day,
        unit_id=account.actor.unit_id,
        doses=_asked(doses),
        product=order.product,
        prescription_id=order.prescription_id,
        prescription_version=order.version,
        identifiers=frozenset({"birth_date", "full_name"}),
        observed=Observed(affected=False, declined=False),
    )
    minutes = interval_minutes(account.desk(), order, book)
    near: Sequence[dict[str, Any]] = ()
    if any(dose[3] == "supervised" for dose in doses):
        near = await rows_of(
            connection,
            paper_store.NEAR,
            person_id=account.facts.person_id,
            at=account.told.happened_at,
            interval_minutes=minutes,
        )
    return Weighed(order, book, request, check_dispensing(request, patient, book), near, minutes)


def _asked(doses: Sequence[DoseLine]) -> tuple[DoseAsked, ...]:
    return tuple(DoseAsked(*dose) for dose in doses)  # type: ignore[arg-type]


async def bottle_for(
    connection: AsyncConnection[Any], account: Account, doses: Sequence[DoseLine]
) -> tuple[int | None, bool | None]:
    """The bottle it came from and whether any holds so much; (None, None) when nothing left."""
    if not doses:
        return None, None
    order = account.patient.prescription
    code = account.row.product_code if account.row is not None else None
    found = await rows_of(
        connection,
        paper_store.BOTTLE,
        unit_id=account.actor.unit_id,
        product_code=code or (order.product.code if order else None),
        amount_ug=sum(dose[2] for dose in account.poured(doses)),
        bottle_code=account.told.bottle_code,
        counter_id=account.actor.counter_id,
    )
    return (found[0]["bottle_id"], True) if found else (None, False)


def left_the_cabinet(
    account: Account,
    doses: Sequence[DoseLine],
    free: Sequence[DoseLine],
    bottle_id: int | None,
    shared: dict[str, Any],
) -> list[Statement]:
    """What left the bottle without a hand-out of its own: the day was taken already."""
    rest = [dose for dose in doses if dose not in free]
    if not rest or bottle_id is None:
        return []
    amount_ug = sum(dose[2] for dose in account.poured(rest))
    more = {"bottle_id": bottle_id, "amount_ug": amount_ug, "reservation_id": None}
    return [(store.POUR, shared | more)]


def room_between(
    at: datetime, minutes: int, near: Sequence[dict[str, Any]]
) -> tuple[datetime, datetime]:
    """The part of a dose's least interval that no other swallowed dose holds already."""
    begin, end = at, at + timedelta(minutes=minutes)
    for other in near:
        if other["from_at"] <= begin:
            begin = max(begin, other["until_at"])
        else:
            end = min(end, other["from_at"])
    return begin, end


async def handout_of(
    connection: AsyncConnection[Any],
    account: Account,
    weighed: Weighed,
    free: Sequence[DoseLine],
    bottle_id: int | None,
    shared: dict[str, Any],
) -> tuple[list[Statement], list[Entry]]:
    """The hand-out of the doses whose days are free, and its two entries."""
    order, book = weighed.order, weighed.book
    poured = account.poured(free)
    arrays = store.dose_arrays(list(free))
    begin, end = room_between(shared["at"], weighed.minutes, weighed.near)
    holder = account.facts.kept_holder or account.actor.unit_id
    limits = await _limits_ug(connection, account, order, free)
    told_now = {"outcome": "given", "staff_id": shared["entered_by"], "at": shared["entered_at"]}
    reservation = {
        "prescription_id": order.prescription_id,
        "prescription_version": order.version,
        "product_code": order.product.code,
        "bottle_id": bottle_id,
        "book_id": book.id,
        "doses": json.dumps(dose_rows(poured)),
    }
    statements: list[Statement] = [
        (paper_store.RECORD_RESERVATION, shared | reservation),
        store.use_days(shared, list(free), limits, order, holder),
        (paper_store.CLAIM, shared | arrays | {"from_at": begin, "until_at": end}),
        (store.RESOLVE, shared | told_now),
        (store.RECORD_HANDOVERS, shared | arrays),
        (store.RECORD_ADMINISTRATIONS, shared | arrays),
    ]
    starts = starts_course(account.desk(), book, account.for_day)
    if starts:
        begins = store.START_NIGHTS if order.night else store.START_TREATMENT
        statements.append((begins, shared))
    if bottle_id is not None:
        pour = {"bottle_id": bottle_id, "amount_ug": sum(dose[2] for dose in poured)}
        statements.append((store.POUR, shared | pour))
    paper = (account.told.serial, account.told.row_no)
    told: list[Entry] = [
        handout.reserved(
            account.act_then(0),
            request=_replaced(weighed.request, poured),
            ordered=order.product,
            reservation_id=shared["reservation_id"],
            prescription=(order.prescription_id, order.version),
            bottle_id=bottle_id,
            verdict=weighed.verdict,
            lifts=(),
            book=(book.id, book.sha256),
            paper=paper,
        ),
        handout.given(
            account.act_then(1),
            reservation_id=shared["reservation_id"],
            swallowed=[(dose[1], dose[2]) for dose in free if dose[3] == "supervised"],
            taken_home=[dose[:3] for dose in free if dose[3] == "take_home"],
            interval_minutes=weighed.minutes,
            swallowed_at=shared["at"],
            course_starts_on=account.for_day if starts else None,
            paper=paper,
        ),
    ]
    more, watched = _indkald_observation(account, weighed, free, shared, len(told))
    return statements + more, told + watched


def _indkald_observation(
    account: Account,
    weighed: Weighed,
    free: Sequence[DoseLine],
    shared: dict[str, Any],
    further: int,
) -> tuple[list[Statement], list[Entry]]:
    """The observation that follows a dose swallowed on an indkald day.

    It runs from the moment on the paper; whoever watched the person signs it off on the board like
    any other, and that completes the day. The paper itself completes none: it has no such column.
    """
    swallowed = any(dose[3] == "supervised" for dose in free)
    if not swallowed or observation_reason(weighed.verdict, False) != "indkald":
        return [], []
    every = weighed.book.sedation_check_minutes
    due_at = shared["at"] + timedelta(minutes=observation_minutes("indkald", weighed.book))
    watched = {"due_at": due_at, "reason": "indkald", "check_every_minutes": every}
    entry = handout.observation_started(
        account.act_then(further),
        reservation_id=shared["reservation_id"],
        due_at=due_at,
        reason="indkald",
        check_every_minutes=every,
    )
    return [(store.START_OBSERVATION, shared | watched)], [entry]


def _replaced(request: Request, doses: Sequence[DoseLine]) -> Request:
    return Request(
        request.at,
        request.on,
        request.unit_id,
        _asked(doses),
        request.product,
        request.prescription_id,
        request.prescription_version,
        request.identifiers,
        request.observed,
    )


async def _limits_ug(
    connection: AsyncConnection[Any],
    account: Account,
    order: Prescription,
    free: Sequence[DoseLine],
) -> dict[date, int]:
    """Each day's limit, raised where more was had: what happened must fit into the record."""
    days = sorted({dose[0] for dose in free})
    used = {
        row["day"]: row["night_ug" if order.night else "used_ug"]
        for row in await rows_of(
            connection, paper_store.USED, person_id=account.facts.person_id, days=days
        )
    }
    return {
        day: max(
            order.day_ug(day),
            used.get(day, 0) + sum(dose[2] for dose in free if dose[0] == day),
        )
        for day in days
    }
