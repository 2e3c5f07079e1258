"""From verdict to outcome: which findings a nurse's reason or a doctor's decision lifts.

Pure, and the only place where something blocked becomes allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dispensing.counter.loading import DoctorDecision
from dispensing.errors import Unprocessable
from dosing_rules import Finding, Request, Severity, Verdict

LEAST_REASON_LETTERS = 3
TOO_SOON = "too-soon"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a nurse hands out in spite of a finding that asks for confirmation."""

    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lift:
    """A finding that was lifted: by whom, in which role, and why."""

    rule_id: str
    role: str
    staff_id: int
    reason: str

    def as_dict(self) -> dict[str, object]:
        return {
            "rule": self.rule_id,
            "role": self.role,
            "staff": self.staff_id,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Decided:
    """What is left of a verdict. Nothing blocking: the doses may be reserved."""

    blocking: tuple[Finding, ...]
    lifts: tuple[Lift, ...]

    @property
    def allowed(self) -> bool:
        return not self.blocking


def decide(
    request: Request,
    verdict: Verdict,
    reasons: Sequence[Reason],
    decisions: Sequence[DoctorDecision],
    nurse_id: int,
    taken_ug: int = 0,
) -> Decided:
    """Weigh each finding against the reasons written and the doctor's decisions of the day.

    ``taken_ug`` is what the person has had or reserved of today's dose already.
    """
    written = {reason.rule_id: reason.reason.strip() for reason in reasons}
    blocking: list[Finding] = []
    lifts: list[Lift] = []
    for finding in verdict.findings:
        if finding.severity <= Severity.INFORM:
            continue
        lift = _lift(finding, request, written, decisions, nurse_id, taken_ug)
        if lift is None:
            blocking.append(finding)
        else:
            lifts.append(lift)
    return Decided(tuple(blocking), tuple(lifts))


def _lift(
    finding: Finding,
    request: Request,
    written: dict[str, str],
    decisions: Sequence[DoctorDecision],
    nurse_id: int,
    taken_ug: int,
) -> Lift | None:
    reason = written.get(finding.rule_id, "")
    if finding.severity is Severity.CONFIRM and len(reason) >= LEAST_REASON_LETTERS:
        return Lift(finding.rule_id, "nurse", nurse_id, reason)
    if finding.liftable_by is None:
        return None
    # The doctor's latest word on this finding counts, a "no" as much as a "yes".
    for decision in reversed(decisions):
        if finding.rule_id in decision.rule_ids:
            if decision.allow and _within(finding, request, decision, taken_ug):
                return Lift(finding.rule_id, "doctor", decision.decided_by, decision.reason)
            return None
    return None


def _within(finding: Finding, request: Request, decision: DoctorDecision, taken_ug: int) -> bool:
    """Whether every day asked for keeps to the most the doctor allowed, and to the interval set."""
    if finding.rule_id == TOO_SOON and decision.interval_minutes is not None:
        passed = finding.facts.get("passed_minutes")
        if not isinstance(passed, int) or passed < decision.interval_minutes:
            return False
    if decision.max_ug is None:
        return True
    if taken_ug + request.asked_ug(request.on) > decision.max_ug:
        return False
    # What goes home is bounded like what is swallowed here.
    return all(day_ug <= decision.max_ug for day_ug in request.asked_by_day.values())


def written(reason: str | None) -> str:
    """A reason with something in it. Raises Unprocessable."""
    text = (reason or "").strip()
    if len(text) < LEAST_REASON_LETTERS:
        raise Unprocessable("write why, in a few words", field="reason")
    return text
