"""One decision about benzodiazepines: all it is made from, and what every one of them writes.

Each act keeps ``care`` in step, which the counter's rules ask, and tells it in an entry of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from audit.ledger.entry import Entry
from dispensing.acts import entry_of
from dispensing.counter.outcome import Outcome, Statement, Writing
from dispensing.errors import CannotDecide, Conflict
from dispensing.people.sessions import Actor
from dispensing.treatment.deciding import Decided, Deciding, decide
from dispensing.treatment.entries import care_recorded
from dispensing.treatment.sedatives import store
from dispensing.treatment.sedatives.checking import cannot_be_signed, needs_reason
from dispensing.treatment.sedatives.load import Load, Taken, load_of
from dispensing.treatment.sedatives.store import DECODER, KEPT, Kept, PlanKept
from dispensing.wiring import Wiring
from dosing_rules import Finding, Prescriber, Severity, Verdict
from dosing_rules.facts import TaperState
from dosing_rules.rulebook import RuleBook


def prescriber_of(actor: Actor) -> Prescriber:
    """A doctor as the rules ask: entitled by the authorisation; specialists alone begin opioids."""
    entitled = actor.role == "doctor" and actor.authorisation_id is not None
    return Prescriber(entitled=entitled, specialist=None)


@dataclass(frozen=True, slots=True)
class Case:
    """One decision with all it decides from."""

    deciding: Deciding
    kept: Kept
    book: RuleBook

    @property
    def on(self) -> date:
        return self.deciding.desk.on

    @property
    def signed(self) -> dict[str, Any]:
        person_id = self.deciding.desk.person_id
        return self.deciding.signed | {"on": self.on, "plan_of": person_id}

    @property
    def prescriber(self) -> Prescriber:
        """Who signs."""
        return prescriber_of(self.deciding.actor)

    @property
    def plan(self) -> PlanKept:
        """The plan in force. Raises Conflict."""
        if self.kept.running is None:
            raise Conflict("no taper is agreed", slug="no-taper")
        return self.kept.running


async def decide_about(
    wiring: Wiring,
    token: str,
    person_id: int,
    key: str,
    verb: str,
    asked: object,
    build: Callable[[Case], Decided | Writing],
) -> Outcome:
    def with_kept(deciding: Deciding) -> Decided | Writing:
        if deciding.desk.book_id is None:
            raise CannotDecide("no rule book is in force for this unit")
        assert deciding.found is not None, "the person is there: their row is locked"
        kept = DECODER.decode(deciding.found[0])
        return build(Case(deciding, kept, wiring.book(deciding.desk.book_id)))

    also = (KEPT, {"person_id": person_id})
    return await decide(wiring, token, person_id, key, verb, asked, with_kept, also=also)


def state_of(
    load: Load, *, told: bool, planned: bool, tapering: bool, book: RuleBook
) -> TaperState | None:
    """Where a person is on the way; None where the load is not known: the rules then ask."""
    if load.high_ug is None:
        return None
    if planned:
        return "tapering" if tapering else "agreed"
    if load.high_ug == 0:
        return "none"
    if told:
        return "informed"
    return "above_guidance" if load.high_ug > book.diazepam_load_ug else "none"


def care_after(
    case: Case, load: Load, *, told: bool | None = None, plan_on: date | None, tapering: bool
) -> tuple[Statement, Entry]:
    """What the rules know from now on, and its entry (the act's second)."""
    knows = case.kept.told_on is not None if told is None else told
    state = state_of(
        load, told=knows, planned=plan_on is not None, tapering=tapering, book=case.book
    )
    known = state is not None
    values: dict[str, object] = {
        "sedatives_low_ug": load.low_ug,
        "sedatives_high_ug": load.high_ug,
        "taper_state": state,
        "taper_plan_on": plan_on if known else None,
    }
    statement = (store.SET_CARE, values | {"person_id": case.deciding.desk.person_id})
    return statement, care_recorded(case.deciding.act(1), values)


def has_gone_down(kept: Kept) -> bool:
    """Whether a step of the taper in force was decided."""
    return any([one.how == "decided" for one in kept.went])


def of_plan(plan: PlanKept) -> dict[str, Any]:
    return {"plan_of": plan.person_id, "version": plan.version}


def list_statements(case: Case, items: Sequence[Taken], note: str | None) -> list[Statement]:
    load = load_of(items)
    signed = case.signed | {"version": case.kept.next_list}
    whole = {"low_ug": load.low_ug, "high_ug": load.high_ug, "note": note}
    rows: list[Statement] = [(store.ADD_LIST, signed | whole)]
    for number, one in enumerate(items, 1):
        item = {
            "item_no": number,
            "atc": one.atc,
            "daily_ug": one.daily_ug,
            "source": one.source,
            "since_on": one.since_on,
        }
        rows.append((store.ADD_ITEM, signed | item))
    return rows


def listed_load(kept: Kept) -> Load:
    if kept.load is None:
        raise Conflict("write first what is taken", slug="sedative-not-listed")
    return kept.load


def refusal(
    case: Case, what: str, findings: Sequence[Finding], needed: bool, reason: str | None
) -> Writing | None:
    """The rules' no, recorded with their verdict: nobody may sign, or a reason is missing.

    None where it may be signed. Raises Conflict (``<what>-needs-reason``) where no rule but the way
    off the plan, or a pregnancy, asks for the reason.
    """
    stands = cannot_be_signed(findings)
    if not stands and not (needed and reason is None):
        return None
    if not needs_reason(findings):
        raise Conflict("this needs a written reason", slug=f"{what}-needs-reason")
    blocking = stands or [one for one in findings if one.severity > Severity.INFORM]
    verdict = Verdict(max(one.severity for one in findings), tuple(findings)).as_dict()
    desk = case.deciding.desk
    rules = tuple(one.rule_id for one in blocking)
    facts = {"verdict": verdict, "book": [case.book.id, case.book.sha256]}
    entry = entry_of(case.deciding.act(), f"taper-{what}-refused-by-rules", facts)
    outcome = Outcome("refused_by_rules", desk.person_id, desk.at, verdict=verdict, blocking=rules)
    return Writing(outcome, (), (entry,))
