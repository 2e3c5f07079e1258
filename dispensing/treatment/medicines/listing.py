"""What other medicine is taken, written as one list by a doctor; signed and dated today."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

import msgspec
from psycopg.types.json import Jsonb

from dispensing.counter.outcome import Outcome, Statement
from dispensing.errors import CannotDecide, Conflict, Unprocessable, has_cpr
from dispensing.treatment.deciding import Decided, Deciding, decide, words
from dispensing.treatment.entries import care_recorded
from dispensing.treatment.medicines import store
from dispensing.treatment.medicines.entries import as_rules_know, medicines_recorded
from dispensing.treatment.medicines.names import NAMES
from dispensing.treatment.medicines.store import DECODER, KEPT, Item, Kept
from dispensing.treatment.sedatives.load import is_sedative
from dispensing.wiring import Wiring
from dosing_rules import RuleBook
from dosing_rules.plausible import is_day

CODE = re.compile(r"[A-Z][0-9]{2}[A-Z]{2}[0-9]{2}", re.ASCII)
MOST_LISTED, LONGEST_NAME, LONGEST_DOSE = 24, 100, 100


async def record_list(
    wiring: Wiring,
    token: str,
    person_id: int,
    items: Sequence[Item],
    note: str | None,
    key: str,
    *,
    after_version: int,
    never_taken: Collection[str] = (),
) -> Outcome:
    """Write what is taken, all of it; an empty list says that somebody asked and there is none.

    What the list before names and this one does not was stopped today, unless it is among
    ``never_taken`` (codes, or names of what has none). ``after_version`` is the list the writer has
    seen, 0 for none. Raises Conflict (``medicines-changed``) where another was written meanwhile,
    Unprocessable (``field`` says which, ``row`` from 1 of which medicine), and as ``decide``.
    """

    def build(case: Deciding) -> Decided:
        if case.desk.book_id is None:
            raise CannotDecide("no rule book is in force for this unit")
        assert case.found is not None, "the person is there: their row is locked"
        kept, book = DECODER.decode(case.found[0]), wiring.book(case.desk.book_id)
        listed, said = checked(items, case.desk.on), words(note, "note", needed=False)
        if after_version != kept.version:
            raise Conflict("another list was written meanwhile", slug="medicines-changed")
        wrong = sorted({_marked(one) for one in never_taken})
        if not set(wrong) <= {one.mark for one in kept.items or ()}:
            raise Unprocessable("this is not on the list", field="never_taken")
        whole = (*listed, *carried(kept, listed, wrong, case.desk.on, told_days(book)))
        version = kept.version + 1
        known = as_rules_know(whole)
        care = {"person_id": case.desk.person_id, "medicines": Jsonb(known)}
        told = medicines_recorded(case.act(), version, whole, said, wrong)
        return Decided(
            (*_rows(case, version, whole, said), (store.SET_CARE, care)),
            (told, care_recorded(case.act(1), {"medicines": known})),
        )

    asked = [msgspec.to_builtins(list(items)), note, after_version, sorted(never_taken)]
    also = (KEPT, {"person_id": person_id})
    return await decide(wiring, token, person_id, key, "record medicines", asked, build, also=also)


def checked(items: Sequence[Item], today: date) -> tuple[Item, ...]:
    """A list as it may be kept. Raises Unprocessable."""
    if len(items) > MOST_LISTED:
        raise Unprocessable("a list of so many is a slip of the key", field="items")
    listed = [_checked(one, row, today) for row, one in enumerate(items, 1)]
    marks = [one.mark for one in listed]
    for row, mark in enumerate(marks, 1):
        if mark in marks[: row - 1]:
            raise Unprocessable("each medicine stands once", field="medicine_atc", row=row)
    return tuple(listed)


def _checked(item: Item, row: int, today: date) -> Item:
    atc = (item.atc or "").strip().upper() or None
    if atc is not None and not CODE.fullmatch(atc):
        raise Unprocessable("an ATC code as in N05AH04", field="medicine_atc", row=row)
    if atc is not None and is_sedative(atc):
        raise Unprocessable(
            "benzodiazepines and kin stand on their own list",
            slug="medicine-is-sedative",
            field="medicine_atc",
            row=row,
        )
    name = item.name.strip() or NAMES.get(atc or "", "")
    if not 1 < len(name) <= LONGEST_NAME or has_cpr(name):
        raise Unprocessable("say which medicine it is", field="medicine_name", row=row)
    dose = (item.dose or "").strip() or None
    if dose is not None and (len(dose) > LONGEST_DOSE or has_cpr(dose)):
        raise Unprocessable("a dose in a few words", field="medicine_dose", row=row)
    if not is_day(item.since_on) or (item.since_on is not None and item.since_on > today):
        raise Unprocessable("it is taken since then", field="medicine_since", row=row)
    stopped_on = item.stopped_on
    if stopped_on is not None and not (
        is_day(stopped_on) and (item.since_on or stopped_on) <= stopped_on <= today
    ):
        raise Unprocessable("it was stopped then", field="medicine_stopped", row=row)
    return replace(item, atc=atc, name=name, dose=dose)


def _marked(written: str) -> str:
    """A code or name as ``Item.mark`` spells it."""
    text = written.strip()
    return text.upper() if CODE.fullmatch(text.upper()) else text.casefold()


def told_days(book: RuleBook) -> int:
    """How long after it was stopped a rule may still ask about a medicine."""
    return max(book.maoi_days, book.interaction_change_days)


def carried(
    kept: Kept, listed: Sequence[Item], never_taken: Collection[str], today: date, days: int
) -> tuple[Item, ...]:
    """What the list before names and the new one does not: stopped today, or some time before.

    As long as a rule may ask about it; what was written by mistake was never taken.
    """
    # Also by its name: the code of a medicine may have been found meanwhile.
    named = {mark for one in listed for mark in (one.mark, one.name.casefold())} | set(never_taken)
    left = [one for one in kept.items or () if one.mark not in named]
    gone = [replace(one, stopped_on=one.stopped_on or today) for one in left]
    return tuple([one for one in gone if (today - (one.stopped_on or today)).days <= days])


def _rows(case: Deciding, version: int, items: Sequence[Item], note: str | None) -> list[Statement]:
    signed = case.signed | {"version": version, "on": case.desk.on}
    rows: list[Statement] = [(store.ADD_LIST, signed | {"note": note})]
    for number, one in enumerate(items, 1):
        item = {name: getattr(one, name) for name in one.__slots__}
        rows.append((store.ADD_ITEM, signed | item | {"item_no": number}))
    return rows
