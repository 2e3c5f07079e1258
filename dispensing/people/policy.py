"""What a unit has decided about its screens and its hand-outs, as the sessions read it.

A row of ``unit_policy`` holds from a day on and is never changed; the newest that holds decides.
Without one the values here hold: design/reliability, "Shared counter PCs".
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Step = Literal["none", "pin", "card"]
StepAt = Literal["reserve", "given", "both"]
# Whether a hand-out with doses carried home must have its labels scanned back.
LabelScan = Literal["when_printed", "always", "never"]

# The server hears of input at most so much later than it happened.
SEEN_STEP = timedelta(seconds=10)
LOCK_GRACE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Policy:
    """When a screen hides and locks, and whether each hand-out carries a step of its own.

    ``idle_minutes`` ends a session without a place (a machine's), which nobody can unlock.
    """

    lock_seconds: int = 60
    hide_seconds: int = 20
    idle_minutes: int = 60
    per_act_step: Step = "none"
    step_at: StepAt = "both"
    label_scan: LabelScan = "when_printed"

    def asks_at(self, moment: Literal["reserve", "given"]) -> bool:
        """Whether this moment of a hand-out must carry the step."""
        return self.per_act_step != "none" and self.step_at in (moment, "both")


DEFAULT = Policy()

# Joined to ``unit u``: the policy that holds now, null where the unit never decided one.
POLICY_JOIN = """
LEFT JOIN LATERAL (SELECT q.* FROM unit_policy q WHERE q.unit_id = u.unit_id
    AND q.from_on <= (clock_timestamp() AT TIME ZONE u.zone)::date
    ORDER BY q.version DESC LIMIT 1) pol ON true
"""
POLICY_COLUMNS = f"""
    coalesce(pol.lock_seconds, {DEFAULT.lock_seconds}) AS lock_seconds,
    coalesce(pol.hide_seconds, {DEFAULT.hide_seconds}) AS hide_seconds,
    coalesce(pol.idle_minutes, {DEFAULT.idle_minutes}) AS idle_minutes,
    coalesce(pol.per_act_step, '{DEFAULT.per_act_step}') AS per_act_step,
    coalesce(pol.step_at, '{DEFAULT.step_at}') AS step_at,
    coalesce(pol.label_scan, '{DEFAULT.label_scan}') AS label_scan
"""
