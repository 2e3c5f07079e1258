"""How a supply order follows what a doctor decides: arrangement, order of the medicine, its end.

Part of that decision's own transaction. The pharmacy's chain is told that something changed, which
wakes its open lists; of whom stands in the person's entries.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from audit.ledger.entry import Entry
from dispensing.counter.other_chain import told_at
from dispensing.counter.outcome import Statement
from dispensing.treatment.deciding import Decided, Deciding
from dispensing.treatment.supply import entries, store
from dispensing.treatment.supply.planning import Days, Terms, days_of, terms_of
from dispensing.treatment.supply.store import Change, Frame
from dispensing.wiring import Wiring
from dosing_rules import RuleBook

#: Lists speak of today and tomorrow.
LISTED_AHEAD = timedelta(days=1)


def stop_rules_of(book: RuleBook, substance: str | None) -> tuple[dict[str, Any], ...]:
    """When the pharmacy hands nothing out and asks the clinic, by the rules' names.

    So many days in a row without a dose, from which on a doctor is asked, are the rule book's; of
    a substance nobody knows the strictest.
    """
    days = book.gap_days(substance or "")
    return (
        {"rule": "missed-days", "days": days},
        {"rule": "affected-now"},
        {"rule": "indkald"},
        {"rule": "away"},
    )


class Following:
    """One decision about the supply, as statements and entries of the act it is part of."""

    def __init__(self, case: Deciding, frame: Frame, wiring: Wiring) -> None:
        self.case, self.frame, self.wiring = case, frame, wiring

    def write(
        self,
        change: Change,
        terms: Terms,
        days: Days,
        *,
        reason: str,
        supply: tuple[int, int],
        further: int,
        struck_out: Sequence[tuple[int, int]] = (),
    ) -> tuple[list[Statement], Entry]:
        """A version with its days; ``further`` counts the act's entries of the person before it."""
        desk, book_id = self.case.desk, self.case.desk.book_id or ""
        ordered = desk.patient.prescription
        stops = stop_rules_of(
            self.wiring.book(book_id), ordered.product.substance if ordered else None
        )
        row = self.case.signed | {
            "supply_id": supply[0],
            "version": supply[1],
            "pharmacy_unit_id": terms.pharmacy_unit_id,
            "change": change,
            "from_on": terms.from_on,
            "wanted_until": terms.wanted_until,
            "until_on": days.until_on,
            "weekdays": sorted(terms.weekdays),
            "supervised_weekdays": sorted(terms.supervised_weekdays),
            "pickup_weekdays": sorted(terms.pickup_weekdays),
            "take_home_days": terms.take_home_days,
            "stop_rules": json.dumps(stops),
            "book_id": book_id,
            "reason": reason,
            "begins": list(days.begins),
            "ends": list(days.ends),
        }
        statements: list[Statement] = [(store.RECORD, row)]
        if days.ends:
            statements.append((store.END_DAYS, row))
        if days.begins:
            statements.append((store.BEGIN_DAYS, row))
        if any(day <= desk.on + LISTED_AHEAD for day in (*days.begins, *days.ends)):
            statements.append((store.LISTS_DUE, row))
        act = self.case.act(further)
        entry = entries.supply_order_told(
            act,
            change,
            supply=supply,
            holder=self.case.actor.unit_id,
            terms=terms,
            days=days,
            stop_rules=stops,
            book_id=book_id,
            reason=reason,
            struck_out=struck_out,
        )
        told = entries.supply_changed_there(
            terms.pharmacy_unit_id, act, change=change, supply_id=supply[0]
        )
        statements.append(told_at(self.wiring, terms.pharmacy_unit_id, told))
        return statements, entry

    def arranged(
        self, terms: Terms | None, from_on: date, reason: str, further: int
    ) -> tuple[list[Statement], list[Entry]]:
        """A doctor decided how the medicine is taken from a day on; ``terms`` at a pharmacy."""
        frame, unit_id = self.frame, self.case.actor.unit_id
        running, statements, told = frame.running, list[Statement](), list[Entry]()
        same = running and terms and running.pharmacy_unit_id == terms.pharmacy_unit_id
        if running is not None and not same:
            # Another pharmacy, or none: the days from then on end; those before stay.
            over = days_of(frame, None, unit_id=unit_id, from_on=from_on, ordered_until=None)
            over = replace(over, until_on=_before(from_on, running.until_on))
            more, entry = self.write(
                "ended",
                terms_of(running),
                over,
                reason=reason,
                supply=(running.supply_id, running.version + 1),
                further=further,
            )
            statements += more
            told.append(entry)
            left = frozenset(over.ends)
            frame = replace(frame, days=tuple(d for d in frame.days if d.day not in left))
        if terms is None:
            return statements, told
        days = days_of(
            frame, terms, unit_id=unit_id, from_on=from_on, ordered_until=frame.ordered_until
        )
        supply = (frame.next_id, 1)
        if running is not None and same:
            supply = (running.supply_id, running.version + 1)
        more, entry = self.write(
            "changed" if same else "issued",
            terms,
            days,
            reason=reason,
            supply=supply,
            further=further + len(told),
        )
        return [*statements, *more], [*told, entry]

    def ordered(
        self, ordered_until: date | None, reason: str, further: int
    ) -> tuple[list[Statement], list[Entry]]:
        """The medicine is ordered until another day (None: no more): the supply follows it."""
        running = self.frame.running
        if running is None:
            return [], []
        terms = terms_of(running)
        days = days_of(
            self.frame,
            terms,
            unit_id=self.case.actor.unit_id,
            from_on=self.frame.today,
            ordered_until=ordered_until,
        )
        if days.until_on == running.until_on and not days.begins and not days.ends:
            return [], []
        statements, entry = self.write(
            "changed",
            terms,
            days,
            reason=reason,
            supply=(running.supply_id, running.version + 1),
            further=further,
        )
        return statements, [entry]


def _before(day: date, until: date) -> date:
    """The day before, or an earlier last day."""
    return min(until, date.fromordinal(day.toordinal() - 1))


def with_supply(decided: Decided, more: tuple[list[Statement], list[Entry]]) -> Decided:
    """A decision with what the supply writes of it, last."""
    statements, told = more
    return Decided((*decided.statements, *statements), (*decided.entries, *told))
