"""Does the paper agree with the record? Pure: every disagreement is named, nothing is merged.

A conflict never changes what is recorded: both stay as they are, the person gets nothing more, and
a doctor writes what is to be done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from dispensing.downtime.rows import DoseLine, PaperRow
from dispensing.downtime.sheet import SheetHead
from dosing_rules import Patient, Prescription

Happened = Literal["given", "partial", "refused", "not_come", "lost"]
Kind = Literal[
    "already-given",
    "too-soon",
    "second-agonist",
    "no-order",
    "dose-differs",
    "order-changed",
    "not-on-list",
    "not-from-paper",
    "outside-validity",
    "outside-downtime",
    "right-elsewhere",
    "stock-short",
    "contradicts",
    "recorded-missed",
    "row-lost",
]
# On paper a moment is its minute.
A_MINUTE = timedelta(minutes=1)
# Nothing was swallowed or carried home that the record would lack.
NOTHING_HAD = frozenset({"refused", "not_come"})


@dataclass(frozen=True, slots=True)
class PaperSide:
    """What the paper says: the row as printed (None: not on the list) and what happened."""

    head: SheetHead
    row: PaperRow | None
    happened: Happened
    happened_at: datetime | None
    doses: tuple[DoseLine, ...]


@dataclass(frozen=True, slots=True)
class RecordSide:
    """What the record says. ``near`` counts swallowed doses within the least interval.

    ``earlier`` are other accounts of the same row; ``stock_enough`` is None where nothing left the
    cabinet.
    """

    unit_id: int
    patient: Patient
    holder: int | None
    used_substance: str | None
    used_at_night: bool
    recorded_missed: bool
    near: int
    earlier: int
    stock_enough: bool | None
    over_at: datetime | None


def free_doses(doses: Sequence[DoseLine], patient: Patient) -> tuple[DoseLine, ...]:
    """The doses of days and parts that nobody has taken in the record."""
    taken = {(claim.for_on, claim.part) for claim in patient.claims or ()}
    return tuple(dose for dose in doses if (dose[0], dose[1]) not in taken)


def disagreements(paper: PaperSide, record: RecordSide) -> tuple[list[Kind], dict[str, object]]:
    """Every conflict between paper and record, with the facts a doctor compares."""
    kinds: list[Kind] = []
    facts: dict[str, object] = {}
    if paper.happened == "lost":
        kinds.append("row-lost")
    if record.earlier:
        kinds.append("contradicts")
    if paper.happened in NOTHING_HAD or paper.happened_at is None:
        return kinds, facts
    taken = {(claim.for_on, claim.part): claim for claim in record.patient.claims or ()}
    double = [taken[dose[0], dose[1]] for dose in paper.doses if (dose[0], dose[1]) in taken]
    if double:
        kinds.append("already-given")
        facts["taken"] = [
            {
                "for_on": claim.for_on.isoformat(),
                "part": claim.part,
                "amount_ug": claim.amount_ug,
                "unit_id": claim.unit_id,
                "at": claim.at.isoformat(),
                "state": claim.state,
            }
            for claim in double
        ]
    if record.near:
        kinds.append("too-soon")
    prescription = record.patient.prescription
    if prescription is None:
        kinds.append("no-order")
    elif _is_second(prescription, record):
        kinds.append("second-agonist")
    kinds += _against_the_list(paper, record, facts)
    if record.over_at is not None and paper.happened_at > record.over_at:
        kinds.append("outside-downtime")
    if record.holder != record.unit_id:
        kinds.append("right-elsewhere")
        facts["right_holder_unit_id"] = record.holder
    if record.stock_enough is False:
        kinds.append("stock-short")
    if record.recorded_missed:
        kinds.append("recorded-missed")
    return kinds, facts


def _is_second(order: Prescription, record: RecordSide) -> bool:
    """Whether another opioid was had that day: only injections and the night dose go together."""
    substance = order.product.substance
    if order.night:
        return record.used_substance not in (None, "diacetylmorphine")
    beside = record.used_at_night and substance != "diacetylmorphine"
    return beside or record.used_substance not in (None, substance)


def _against_the_list(paper: PaperSide, record: RecordSide, facts: dict[str, object]) -> list[Kind]:
    kinds: list[Kind] = []
    head, row = paper.head, paper.row
    if row is None:
        kinds.append("not-on-list")
    else:
        listed = amounts(row.doses)
        had = amounts(paper.doses)
        if not row.may_give:
            kinds.append("not-from-paper")
            facts["why"] = row.why
        elif _differs(listed, had, paper.happened):
            kinds.append("dose-differs")
            facts["listed"] = [_told(dose) for dose in row.doses]
        if _order_changed(row, record.patient, head.for_day):
            kinds.append("order-changed")
    at = paper.happened_at
    if at is None or not head.valid_from - A_MINUTE < at <= head.valid_until:
        kinds.append("outside-validity")
    return kinds


def amounts(doses: Sequence[DoseLine]) -> dict[tuple[date, int], int]:
    """Micrograms by day and part."""
    return {(dose[0], dose[1]): dose[2] for dose in doses}


def _differs(
    listed: Mapping[tuple[date, int], int],
    had: Mapping[tuple[date, int], int],
    happened: Happened,
) -> bool:
    """More, another day or part, or (where all is said to be given) less than the list allows."""
    if any(had_ug > listed.get(dose, 0) for dose, had_ug in had.items()):
        return True
    return happened == "given" and any(had.get(dose, 0) != ug for dose, ug in listed.items())


def _order_changed(row: PaperRow, patient: Patient, day: date) -> bool:
    """Another order is in force than the one printed, and it asks for another amount."""
    order = patient.prescription
    if order is None or row.prescription == (order.prescription_id, order.version):
        return False
    return row.product_code != order.product.code or any(
        dose[2] != (order.day_ug(dose[0]) if dose[3] == "take_home" else order.part_ug(*dose[:2]))
        for dose in row.doses
    )


def _told(dose: DoseLine) -> list[object]:
    return [dose[0].isoformat(), *dose[1:]]
