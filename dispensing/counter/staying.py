"""Who stays for observation after a swallowed dose, why, and for how long: the findings say it."""

from datetime import datetime, timedelta
from typing import Any

from dispensing.counter.loading import Desk
from dispensing.counter.reserve import Checked
from dispensing.counter.store import Reservation
from dosing_rules import RuleBook, Verdict

# Which finding makes a person stay, for what reason; the first that holds names it.
STAYS_FOR = {
    "indkald-observation": "indkald",
    "raised-dose-observed": "raised-dose",
    "restart-observed": "restart",
}


def observation_reason(verdict: Verdict, wished: bool) -> str | None:
    """Why the person stays to be observed: what the rules say of today, or the nurse's wish."""
    found = {finding.rule_id for finding in verdict.findings}
    stays = next((why for rule_id, why in STAYS_FOR.items() if rule_id in found), None)
    return stays or ("nurse" if wished else None)


def observation_minutes(reason: str, book: RuleBook) -> int:
    """How long a person stays, by why: the book has a number of its own for each."""
    if reason == "raised-dose":
        return book.raised_dose_observation_minutes
    if reason == "restart":
        return book.restart_observation_minutes
    return book.indkald_observation_minutes


def observation_after(
    desk: Desk,
    reservation: Reservation,
    checked: Checked,
    wished: bool,
    swallowed_at: datetime,
) -> dict[str, Any] | None:
    """The observation that follows a swallowed dose, with its end and how often to look; or None.

    An uncertain dose is told of later: the person stays for what is left of the time.
    """
    reason = observation_reason(checked.verdict, wished)
    if reason is None or not any(how == "supervised" for _, _, _, how in reservation.doses):
        return None
    due_at = swallowed_at + timedelta(minutes=observation_minutes(reason, checked.book))
    if due_at <= desk.at:
        return None
    every = checked.book.sedation_check_minutes
    return {"due_at": due_at, "reason": reason, "check_every_minutes": every}
