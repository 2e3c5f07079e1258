"""What the counter writes in the ledger: one builder per kind of event.

The service and the generator of synthetic data both build their entries here, so that a rebuild,
the audit and the checker read one form. Facts are JSON values without floats: amounts in whole
micrograms, days and moments as ISO text. Each entry holds all that its tables hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of, product_row
from dosing_rules import DoseAsked, Product, Request, Verdict


def dose_rows(doses: Iterable[DoseAsked]) -> list[list[object]]:
    """Doses as JSON rows: day they are for, part, micrograms, how."""
    return [[dose.for_on.isoformat(), dose.part, dose.amount_ug, dose.how] for dose in doses]


def asked_facts(
    request: Request, ordered: Product | None, measured_at: datetime | None = None
) -> dict[str, object]:
    """What was asked and seen, so that the check can be asked again from the ledger alone.

    ``ordered`` is the preparation of the order in force. Its definition stands where it was signed;
    anything else that was scanned is written out, as ``other_product``. ``measured_at``: when the
    withdrawal was measured, where that was before this act.
    """
    observed = request.observed
    product = request.product
    other = product is not None and product != ordered
    return {
        "doses": dose_rows(request.doses),
        "product": product.code if product is not None else None,
        **({"other_product": product_row(product)} if product is not None and other else {}),
        "shown": [request.prescription_id, request.prescription_version],
        "identifiers": sorted(request.identifiers),
        "observed": [
            observed.affected,
            observed.declined,
            observed.sedation_poss,
            observed.breaths_per_minute,
            observed.alcohol_permille_milli,
            observed.oxygen_percent,
            observed.pupils_pinpoint,
            observed.withdrawal_cows,
        ],
        **({"withdrawal_at": measured_at.isoformat()} if measured_at is not None else {}),
    }


def _from_paper(paper: tuple[int, int] | None) -> dict[str, object]:
    return {"paper": list(paper)} if paper is not None else {}


def reserved(
    act: Act,
    *,
    request: Request,
    ordered: Product,
    reservation_id: int,
    prescription: tuple[int, int],
    bottle_id: int | None,
    verdict: Verdict,
    lifts: Sequence[Mapping[str, object]],
    book: tuple[str, str],
    paper: tuple[int, int] | None = None,
    identified_by: str = "session",
    measured_at: datetime | None = None,
) -> Entry:
    """A hand-out was reserved: its doses are taken everywhere. ``book`` is id and SHA-256.

    ``paper`` is list and row for one that was given from paper and told afterwards;
    ``identified_by`` how the act showed who did it: the open session alone, a PIN or a card.
    """
    return entry_of(
        act,
        "handout-reserved",
        {
            "reservation": reservation_id,
            "prescription": list(prescription),
            "bottle": bottle_id,
            **asked_facts(request, ordered, measured_at),
            "verdict": verdict.as_dict(),
            "lifts": [dict(lift) for lift in lifts],
            "book": list(book),
            **_from_paper(paper),
            "identified_by": identified_by,
        },
        sum(dose.amount_ug for dose in request.doses),
    )


def refused_by_rules(
    act: Act,
    *,
    request: Request,
    ordered: Product | None,
    verdict: Mapping[str, object],
    book: tuple[str, str],
    reservation_id: int | None = None,
    measured_at: datetime | None = None,
) -> Entry:
    """The service refused a hand-out; the whole verdict is kept.

    ``reservation_id`` is set where a dose reserved before was refused when it was to be given: it
    was then asked as of the day of its reservation, and without its own claims.
    """
    facts = {
        **asked_facts(request, ordered, measured_at),
        "reservation": reservation_id,
        "verdict": dict(verdict),
        "book": list(book),
    }
    return entry_of(act, "handout-refused-by-rules", facts)


def act_refused(act: Act, *, slug: str) -> Entry:
    """An act could not be met in the state it found: a barrier, an empty bottle, a dose told of."""
    return entry_of(act, "act-refused", {"problem": slug})


def given(
    act: Act,
    *,
    reservation_id: int,
    swallowed: Sequence[tuple[int, int]],
    taken_home: Sequence[tuple[date, int, int]],
    interval_minutes: int | None,
    swallowed_at: datetime,
    course_starts_on: date | None,
    paper: tuple[int, int] | None = None,
    identified_by: str = "session",
    seen: Mapping[str, object] | None = None,
) -> Entry:
    """The doses left the cabinet. ``swallowed`` is (part, ug); ``taken_home`` (day, part, ug).

    ``swallowed_at`` is earlier than the act where an uncertain dose was told of afterwards;
    ``course_starts_on`` is set where this dose begins a course, and with it the titration.
    ``seen`` is how the card and the labels scanned at the hand-out fitted, where there were any,
    and who fetched the doses where somebody else did.
    """
    return entry_of(
        act,
        "handout-given",
        {
            "reservation": reservation_id,
            "swallowed": [list(row) for row in swallowed],
            "taken_home": [[day.isoformat(), part, ug] for day, part, ug in taken_home],
            "interval_minutes": interval_minutes,
            "swallowed_at": swallowed_at.isoformat(),
            "course_starts_on": _day(course_starts_on),
            **_from_paper(paper),
            "identified_by": identified_by,
            **(seen or {}),
        },
        sum(row[1] for row in swallowed) + sum(row[2] for row in taken_home),
    )


def not_given(act: Act, *, reservation_id: int, outcome: str, note: str | None) -> Entry:
    """A reservation ended without a hand-out: ``returned``, ``refused`` or ``spilled``."""
    kind = "handout-declined" if outcome == "refused" else f"handout-{outcome}"
    return entry_of(act, kind, {"reservation": reservation_id, "note": note})


def declined(act: Act, *, doses: Sequence[DoseAsked], note: str | None) -> Entry:
    """The person declined today's doses before anything was reserved: nothing was poured."""
    return entry_of(act, "dose-declined", {"doses": dose_rows(doses), "note": note})


def uncertain(act: Act, *, reservation_id: int, note: str | None) -> Entry:
    """Nobody knows whether the dose was swallowed; it blocks until a person resolves it."""
    return entry_of(act, "handout-uncertain", {"reservation": reservation_id, "note": note})


def reversed_(
    act: Act, *, reservation_id: int, reason: str, indkald_day: date | None = None
) -> Entry:
    """The mirror entry of a hand-out recorded by mistake; nothing is deleted.

    ``indkald_day`` is the day of a period that no longer counts, where it was one.
    """
    facts = {"reservation": reservation_id, "reason": reason, "indkald_day": _day(indkald_day)}
    return entry_of(act, "handout-reversed", facts)


def vomited(
    act: Act, *, reservation_id: int, happened_at: datetime, minutes_after: int, witnessed: bool
) -> Entry:
    """The person vomited after a swallowed dose."""
    return entry_of(
        act,
        "vomited",
        {
            "reservation": reservation_id,
            "happened_at": happened_at.isoformat(),
            "minutes_after": minutes_after,
            "witnessed": witnessed,
        },
    )


def observation_started(
    act: Act, *, reservation_id: int, due_at: datetime, reason: str, check_every_minutes: int
) -> Entry:
    """An observation began; the server keeps its end and when somebody must look."""
    return entry_of(
        act,
        "observation-started",
        {
            "reservation": reservation_id,
            "due_at": due_at.isoformat(),
            "reason": reason,
            "check_every_minutes": check_every_minutes,
        },
    )


def sedation_checked(
    act: Act,
    *,
    reservation_id: int,
    poss: int,
    breaths_per_minute: int | None,
    verdict: Verdict,
    held: bool,
    note: str | None,
    book: tuple[str, str],
) -> Entry:
    """Somebody looked at a person under observation; ``held``: who is so sedated does not leave."""
    return entry_of(
        act,
        "sedation-checked",
        {
            "reservation": reservation_id,
            "poss": poss,
            "breaths_per_minute": breaths_per_minute,
            "verdict": verdict.as_dict(),
            "held": held,
            "note": note,
            "book": list(book),
        },
    )


def withdrawal_measured(act: Act, *, cows: int) -> Entry:
    """Withdrawal was measured at the counter, in points on the COWS scale."""
    return entry_of(act, "withdrawal-measured", {"cows": cows})


def doctor_told(act: Act, *, notice: str, facts: Mapping[str, object]) -> Entry:
    """A doctor is told of something; the notice stands until one has read it."""
    return entry_of(act, "doctor-told", {"notice": notice, "facts": dict(facts)})


def doctor_notice_read(
    unit_id: int,
    actor_id: int,
    on: date,
    at: datetime,
    *,
    notice_id: int,
    person_id: int,
    notice: str,
    answer: str | None,
) -> Entry:
    """A doctor of the unit has read a notice, with a word in answer or none.

    An entry of the unit that names the person: reading changes nothing about them.
    """
    return Entry(
        kind="doctor-notice-read",
        unit_id=unit_id,
        actor_id=actor_id,
        on=on,
        facts={
            "at": at.isoformat(),
            "notice_id": notice_id,
            "person": person_id,
            "notice": notice,
            "answer": answer,
        },
    )


def observation_signed(
    act: Act,
    *,
    reservation_id: int,
    state: str,
    affected: bool | None,
    note: str | None,
    indkald_day: date | None = None,
    next_indkald_on: date | None = None,
) -> Entry:
    """An observation ended: ``completed``, ``left_early`` or ``cancelled``.

    ``indkald_day`` is the day of a period that it completes; ``next_indkald_on`` when the next
    period is due, where that was the last day.
    """
    return entry_of(
        act,
        "observation-signed",
        {
            "reservation": reservation_id,
            "state": state,
            "affected": affected,
            "note": note,
            "indkald_day": _day(indkald_day),
            "next_indkald_on": _day(next_indkald_on),
        },
    )


def question_asked(
    act: Act,
    *,
    finding_ids: Sequence[str],
    note: str | None,
    withdrawal: tuple[int, datetime] | None = None,
) -> Entry:
    """The counter asked the doctor; ``withdrawal`` is what was shown of it: points, and when."""
    facts: dict[str, object] = {"findings": list(finding_ids), "note": note}
    if withdrawal is not None:
        facts["withdrawal"] = [withdrawal[0], withdrawal[1].isoformat()]
    return entry_of(act, "question-asked", facts)


def question_answered(
    act: Act,
    *,
    allow: bool,
    rule_ids: Sequence[str],
    max_ug: int | None,
    extra_ug: int,
    interval_minutes: int | None,
    reason: str,
    night: bool = False,
) -> Entry:
    """A doctor decided for one person and day which findings are lifted, or that they stand.

    ``night``: of the dose for the night, beside injections.
    """
    return entry_of(
        act,
        "question-answered",
        {
            "allow": allow,
            "rules": list(rule_ids),
            "max_ug": max_ug,
            "extra_ug": extra_ug,
            "interval_minutes": interval_minutes,
            "reason": reason,
            **({"night": True} if night else {}),
        },
    )


def doses_taken_over(
    act: Act,
    *,
    reservation_id: int,
    product: Product,
    doses: Sequence[DoseAsked],
    had_at: datetime,
    holder: int | None = None,
) -> Entry:
    """Doses had before the service or outside it, as told there; ``holder``: whose the day is."""
    return entry_of(
        act,
        "doses-taken-over",
        {
            "reservation": reservation_id,
            "product": product_row(product),
            "doses": dose_rows(doses),
            "had_at": had_at.isoformat(),
            **({"holder": holder} if holder is not None else {}),
        },
        sum(dose.amount_ug for dose in doses),
    )


def missed(act: Act, *, planned_ug: int, night: bool = False) -> Entry:
    """A planned dose of a closed day that nobody fetched; ``night``: the one for the night."""
    facts: dict[str, object] = {"planned_ug": planned_ug}
    return entry_of(act, "dose-missed", facts | ({"night": True} if night else {}), planned_ug)


def day_closed(unit_id: int, actor_id: int, on: date, at: datetime, *, missed_count: int) -> Entry:
    """A unit's day was closed."""
    facts = {"at": at.isoformat(), "missed": missed_count}
    return Entry(kind="day-closed", unit_id=unit_id, actor_id=actor_id, on=on, facts=facts)


def _day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()
