"""The way down as a doctor decides it: each act signed, dated today, and known to the rules.

Nothing holds backwards, and no step goes up: that somebody takes more is found and written on the
list, never decided as a step.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from psycopg.types.json import Jsonb

from dispensing.acts import entry_of
from dispensing.counter.outcome import Outcome, Writing
from dispensing.errors import Conflict, Unprocessable
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
    refusal,
)
from dispensing.treatment.sedatives.entries import item_rows, plan_row, taper_agreed
from dispensing.treatment.sedatives.load import Taken, load_of
from dispensing.treatment.sedatives.plan import Pause
from dispensing.treatment.sedatives.proposing import PlanAsked, Proposal, propose, weigh_step
from dispensing.treatment.sedatives.store import Kept, PlanKept
from dispensing.wiring import Wiring

LONGEST_AHEAD = timedelta(days=366)


async def agree(wiring: Wiring, token: str, person_id: int, asked: PlanAsked, key: str) -> Outcome:
    """Sign a plan agreed with the person, or a new version of the one in force.

    Where the rules let nobody sign, or want a reason that is missing, the answer is their verdict.
    Raises what ``propose`` raises.
    """

    def build(case: Case) -> Decided | Writing:
        reason = words(asked.reason, "reason", needed=False)
        if not asked.agreed_with_patient:
            raise Unprocessable("a plan is agreed with the person first", field="agreed")
        _near(asked.first_on, case.on, "first_on")
        for pause in asked.pauses:
            words(pause.reason, "pause_reason")
        proposal = propose(asked, case.kept, case.deciding.desk, case.book, case.prescriber)
        no = refusal(case, "plan", proposal.findings, proposal.needs_reason, reason)
        return no or _planned(case, proposal, "agreed", reason)

    return await decide_about(wiring, token, person_id, key, "agree taper", asked, build)


def _near(day: date, today: date, field: str) -> None:
    if day - today > LONGEST_AHEAD:
        raise Unprocessable("within a year", field=field)


def _planned(case: Case, proposal: Proposal, why: str, reason: str | None) -> Decided:
    """A version of a plan, of a new taper or the one in force."""
    kept, running = case.kept, case.kept.running
    own = running is not None and running.person_id == case.deciding.desk.person_id
    taper_no = running.taper_no if running is not None and own else kept.next_taper
    row = plan_row(proposal, kept.next_plan, taper_no, case.book.id, reason)
    as_json = {name: Jsonb(row[name]) for name in ("pauses", "findings")}
    statement = (store.ADD_PLAN, case.signed | row | as_json)
    tapering = running is not None and has_gone_down(kept)
    care, told = care_after(case, listed_load(kept), plan_on=case.on, tapering=tapering)
    entry = taper_agreed(case.deciding.act(), row, why)
    return Decided((statement, care), (entry, told))


async def pause(wiring: Wiring, token: str, person_id: int, asked: Pause, key: str) -> Outcome:
    """Nothing changes on these days: the steps that are left wait, as a new version of the plan."""

    def build(case: Case) -> Decided | Writing:
        plan, stands = case.plan, case.kept.stands(case.on)
        reason = words(asked.reason, "reason")
        assert stands is not None and reason is not None
        if stands.next_step is None:
            raise Conflict("no step is left", slug="no-step-left")
        if asked.from_on < case.on:
            raise Unprocessable("a decision holds from today on, never before", field="pause_from")
        _near(asked.until_on, case.on, "pause_until")
        pauses = (*plan.pauses, replace(asked, reason=reason))
        again = replace(
            asked_again(plan, case.on, stands.next_step.on), pauses=pauses, reason=reason
        )
        proposal = propose(again, case.kept, case.deciding.desk, case.book, case.prescriber)
        no = refusal(case, "plan", proposal.findings, proposal.needs_reason, reason)
        return no or _planned(case, proposal, "paused", reason)

    return await decide_about(wiring, token, person_id, key, "pause taper", asked, build)


def asked_again(plan: PlanKept, today: date, first_on: date) -> PlanAsked:
    """The plan in force asked for once more, from a day on that is not over."""
    return PlanAsked(
        atc=plan.atc,
        goal_ug=plan.goal_ug,
        first_on=max(today, first_on),
        percent=plan.percent,
        percent_of=plan.percent_of,
        every_days=plan.every_days,
        strengths_ug=plan.strengths_ug,
        halves=plan.halves,
        last_from_ug=plan.last_from_ug,
        last_percent=plan.last_percent,
        last_every_days=plan.last_every_days,
        pauses=plan.pauses,
        on_medication_card=True,
        agreed_with_patient=True,
    )


@dataclass(frozen=True, slots=True)
class StepAsked:
    """A step taken today: the dose a day from now on, whether the shared card says so, and why."""

    dose_ug: int
    on_medication_card: bool
    reason: str | None = None


async def take_step(
    wiring: Wiring, token: str, person_id: int, asked: StepAsked, key: str
) -> Outcome:
    """Go down today. Another dose than the plan's, or a finding of the rules, needs a reason."""

    def build(case: Case) -> Decided | Writing:
        plan, kept, desk = case.plan, case.kept, case.deciding.desk
        reason = words(asked.reason, "reason", needed=False)
        weighed = weigh_step(
            asked.dose_ug, asked.on_medication_card, kept, plan, desk, case.book, case.prescriber
        )
        no = refusal(case, "step", weighed.findings, weighed.needs_reason, reason)
        if no is not None:
            return no
        listed = _with_dose(kept, plan.atc, asked.dose_ug)
        reached = asked.dose_ug <= plan.goal_ug
        findings = [one.as_dict() for one in weighed.findings]
        row = {"before_ug": weighed.before_ug, "dose_ug": asked.dose_ug, "reason": reason}
        step = case.signed | row | of_plan(plan) | {"how": "decided", "findings": Jsonb(findings)}
        statements = [(store.ADD_STEP, step), *list_statements(case, listed, None)]
        if reached:
            end = case.signed | of_plan(plan) | {"kind": "reached", "note": reason}
            statements.append((store.ADD_EVENT, end))
        care, told = care_after(
            case,
            load_of(listed),
            told=None if listed else False,
            plan_on=None if reached else plan.looked_at_on,
            tapering=True,
        )
        facts = row | {
            "plan": plan.version,
            "off_plan": weighed.off_plan,
            "findings": findings,
            "reached": reached,
            "items": item_rows(listed),
        }
        entry = entry_of(case.deciding.act(), "taper-step-taken", facts)
        return Decided((*statements, care), (entry, told))

    return await decide_about(wiring, token, person_id, key, "take taper step", asked, build)


def _with_dose(kept: Kept, atc: str, dose_ug: int) -> tuple[Taken, ...]:
    """The list with another dose of one medicine; zero takes it off."""
    items = kept.listed.items if kept.listed is not None else ()
    changed = [replace(one, daily_ug=dose_ug) if one.atc == atc else one for one in items]
    return tuple([one for one in changed if one.daily_ug != 0])


async def look_again(
    wiring: Wiring, token: str, person_id: int, note: str | None, key: str
) -> Outcome:
    """The plan was looked at with the person and goes on; it holds anew from today."""

    def build(case: Case) -> Decided:
        plan, said = case.plan, words(note, "note", needed=False)
        event = case.signed | of_plan(plan) | {"kind": "reviewed", "note": said}
        care, told = care_after(
            case, listed_load(case.kept), plan_on=case.on, tapering=has_gone_down(case.kept)
        )
        facts = {"plan": plan.version, "note": said}
        entry = entry_of(case.deciding.act(), "taper-looked-at", facts)
        return Decided(((store.ADD_EVENT, event), care), (entry, told))

    return await decide_about(wiring, token, person_id, key, "look at taper", note, build)


async def stop(wiring: Wiring, token: str, person_id: int, reason: str, key: str) -> Outcome:
    """The plan ends here, for a reason; what is taken stays as it is."""

    def build(case: Case) -> Decided:
        plan, said = case.plan, words(reason, "reason")
        event = case.signed | of_plan(plan) | {"kind": "stopped", "note": said}
        care, told = care_after(case, listed_load(case.kept), plan_on=None, tapering=False)
        facts = {"plan": plan.version, "reason": said}
        entry = entry_of(case.deciding.act(), "taper-stopped", facts)
        return Decided(((store.ADD_EVENT, event), care), (entry, told))

    return await decide_about(wiring, token, person_id, key, "stop taper", reason, build)
