"""From what the use cases answer to what the pages show. Pure; every sentence through gettext.

The word on the panel is what is left after lifts: a finding a doctor lifted no longer stops, and
its line says who lifted it and why.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from dispensing.counter.away import place_in_words
from dispensing.counter.beside_the_dose import (
    night_view,
    product_view,
    taper_view,
    withdrawal_view,
)
from dispensing.counter.history_lines import (
    Reader,
    last_doses,
    nothing_reason,
    plan_lines,
    strip,
)
from dispensing.counter.label_view import labels_view
from dispensing.counter.page_store import AskedOfDoctor, ToldToday
from dispensing.counter.preview import PersonLine, Preview
from dispensing.counter.store import Reservation
from dispensing.counter.today import ListRow, TodayList
from dispensing.counter.views import (
    Alarm,
    DoseView,
    FindingView,
    ObservationView,
    PatientPanel,
    QuestionView,
    Queue,
    QueueRow,
    RowState,
    Seen,
    Stage,
    Word,
)
from dispensing.errors import without_cpr
from dispensing.persons.look_alikes import Named, look_alikes
from dispensing.web import formats, wording
from dispensing.web.notices import Notice
from dosing_rules import DoseAsked, Finding, Severity, Verdict
from dosing_rules.facts import OUTSIDE

_WORDS: Mapping[Severity, Word] = {
    Severity.ALLOW: "allow",
    Severity.INFORM: "inform",
    Severity.CONFIRM: "confirm",
    Severity.DOCTOR: "doctor",
    Severity.STOP: "stop",
}

NOT_SCANNED, SCAN = "product-not-scanned", "scan-right-bottle"


def queue(listed: TodayList, answered: Mapping[int, datetime], now: datetime, query: str) -> Queue:
    """Today's list; with a query the rows whose name or birth date begins like it."""
    alike = _alike(listed)
    every = [(row, _queue_row(row, answered, now, alike)) for row in listed.rows]
    rows = tuple(shown for row, shown in every if _matches(row, query))
    alarms = tuple(_alarms(shown for _, shown in every))
    return Queue(rows, alarms, now, query=without_cpr(query))


def _alike(listed: TodayList) -> Collection[int]:
    """Whom the list could show for another of the list: their birth dates tell them apart."""
    return look_alikes(
        tuple(
            Named(row.person_id, row.given_name, row.family_name, row.born_on)
            for row in sorted(listed.rows, key=lambda row: row.person_id)
        )
    ).keys()


def _matches(row: ListRow, query: str) -> bool:
    wanted = query.strip().casefold()
    if not wanted:
        return True
    names = f"{row.given_name} {row.family_name}".casefold()
    if any(part.startswith(wanted) for part in names.split()) or names.startswith(wanted):
        return True
    digits = "".join(letter for letter in wanted if letter.isdigit())
    return len(digits) >= 4 and row.born_on.strftime("%d%m%y").startswith(digits)


def _queue_row(
    row: ListRow, answered: Mapping[int, datetime], now: datetime, alike: Collection[int]
) -> QueueRow:
    state: RowState = row.state
    at = row.moment_at
    has_answer = False
    if state == "expected":
        answered_at = answered.get(row.person_id)
        if row.question_at is not None:
            state, at = "asked", row.question_at
        elif answered_at is not None:
            state, at, has_answer = "asked", answered_at, True
        elif row.affected_at is not None and (at is None or at < row.affected_at):
            state, at = "stopped", row.affected_at
        elif row.refused_at is not None and row.word in ("stop", "doctor"):
            state, at = "stopped", row.refused_at
    # The day's next part waits for its hour: nothing is wrong, it is only too soon.
    later = state == "expected" and row.rule_id == "too-soon" and row.moment_at is not None
    overdue = row.state == "observing" and row.due_at is not None and row.due_at <= now
    name = f"{row.given_name} {row.family_name}"
    return QueueRow(
        person_id=row.person_id,
        state=state,
        at=at,
        name=name,
        initials=row.initials,
        due_at=row.due_at if row.state == "observing" else None,
        overdue=overdue,
        answered=has_answer,
        word=None if later else row.word,  # type: ignore[arg-type]
        later=later,
        born=row.born_on if row.person_id in alike else None,
        alike=row.person_id in alike,
        guest_of=row.guest_of,
        night=row.night,
    )


def _alarms(rows: Iterable[QueueRow]) -> Iterable[Alarm]:
    for row in rows:
        if row.overdue and row.due_at is not None:
            yield Alarm("observation", row.person_id, row.name, row.initials, row.due_at)
        elif row.state == "uncertain" and row.at is not None:
            yield Alarm("uncertain", row.person_id, row.name, row.initials, row.at)
        elif row.answered and row.at is not None:
            yield Alarm("answer", row.person_id, row.name, row.initials, row.at)


def panel(
    shown: Preview,
    asked: AskedOfDoctor | None,
    reader: Reader,
    key: str,
    seen: Seen,
    notice: Notice | None = None,
    customised: bool = False,
    uncertain_after: timedelta = timedelta(minutes=15),
    told: ToldToday | None = None,
) -> PatientPanel:
    """One person before the nurse."""
    desk, person, patient = shown.desk, shown.person, shown.desk.patient
    reader = _naming_the_place(person, reader)
    given_today = [
        r for r in shown.recent if r.day == desk.on and r.outcome == "given" and not r.reversed
    ]
    stage, reservation = _stage(shown, given_today, uncertain_after)
    doses = _doses(shown, stage, reservation)
    product = product_view(shown, reader)
    return PatientPanel(
        person_id=person.person_id,
        name=f"{person.given_name} {person.family_name}",
        initials=f"{person.given_name[:1]}.{person.family_name[:1]}.",
        born_on=person.born_on,
        age_years=formats.age_years(person.born_on, desk.on),
        card_code=person.card_code,
        look_alikes=shown.look_alikes,
        stage=stage,
        word=_word(shown),
        doses=doses,
        product=product,
        findings=_findings(shown, reader) if stage == "check" else (),
        key=key,
        prescription=_prescription(shown),
        plan_lines=plan_lines(shown.both or patient, desk.on, reader),
        night=night_view(shown, reader),
        strip=strip(shown),
        last_doses=last_doses(shown),
        reservation_id=reservation.reservation_id if reservation else None,
        reserved_at=reservation.reserved_at if reservation else None,
        reserved_by=reservation.reserved_by if reservation else "",
        reserved_where=reservation.counter if reservation else "",
        doubted=reservation.uncertain if reservation else False,
        affected_at=told.affected_at if told else None,
        declined_at=told.declined_at if told else None,
        given_at=reservation.resolved_at if reservation and stage == "given" else None,
        question=_question(asked),
        observation=_observation(shown, given_today),
        seen=seen,
        notice=notice,
        book_id=shown.checked.book.id,
        book_unconfirmed=not all(n.confirmed for n in shown.checked.book.limits.values()),
        bottle_code=shown.order.bottle_code,
        nothing_reason=nothing_reason(patient, desk.on, reader),
        customised=customised,
        as_of=desk.at,
        withdrawal=withdrawal_view(shown),
        labels=labels_view(reservation) if stage in ("reserved", "uncertain") else None,
        collectors=tuple(
            one for one in reservation.collectors if one.from_on <= desk.on <= one.until_on
        )
        if reservation
        else (),
        doses_at_home=sum(
            claim.how == "take_home" and claim.state == "given" and claim.for_on >= desk.on
            for claim in patient.claims or ()
        ),
        taper=taper_view(shown, reader),
    )


def _stage(
    shown: Preview, given_today: list[Reservation], uncertain_after: timedelta
) -> tuple[Stage, Reservation | None]:
    if shown.unresolved:
        first = shown.unresolved[0]
        forgotten = shown.desk.at - first.reserved_at > uncertain_after
        return ("uncertain" if first.uncertain or forgotten else "reserved"), first
    last = given_today[0] if given_today else None
    patient = shown.desk.patient
    if shown.order.doses or patient.prescription is None:
        return "check", last
    if last is not None:
        return "given", last
    covered = bool(patient.claims_on(shown.desk.on))
    # Nothing planned although nothing was had: the rules say why.
    stands = shown.checked.verdict.severity >= Severity.DOCTOR and not covered
    return ("check" if stands else "nothing_due"), None


def _doses(shown: Preview, stage: Stage, reservation: Reservation | None) -> tuple[DoseView, ...]:
    prescription = shown.desk.patient.prescription
    parts = len(prescription.parts_ug) if prescription else 1
    if stage in ("reserved", "uncertain") and reservation is not None:
        rows = [tuple(row) for row in reservation.doses]
    elif stage == "given" and reservation is not None:
        rows = [tuple(row) for row in reservation.given or reservation.doses]
    else:
        rows = [(d.for_on, d.part, d.amount_ug, d.how) for d in shown.order.doses]
    return tuple(DoseView(day, part, parts, ug, how == "supervised") for day, part, ug, how in rows)


def _word(shown: Preview) -> Word:
    blocking = shown.checked.decided.blocking
    if blocking and all(finding.rule_id == NOT_SCANNED for finding in blocking):
        return "scan"
    if blocking:
        return _WORDS[max(finding.severity for finding in blocking)]
    return "inform" if shown.checked.verdict.findings else "allow"


def _findings(shown: Preview, reader: Reader) -> tuple[FindingView, ...]:
    lifted = {lift.rule_id: lift.reason for lift in shown.checked.decided.lifts}
    return finding_views(shown.checked.verdict, lifted, reader)


def finding_views(
    verdict: Verdict, lifted: Mapping[str, str], reader: Reader
) -> tuple[FindingView, ...]:
    """The findings in the verdict's order, each as text."""
    return tuple(
        _finding(finding, lifted.get(finding.rule_id), reader) for finding in verdict.findings
    )


def _naming_the_place(person: PersonLine, reader: Reader) -> Reader:
    """Whoever is away: the reader reads that place as the one that holds the right."""
    if person.away_place is None or person.away_since is None:
        return reader
    since_on = formats.local_day(person.away_since, reader.zone)
    told = place_in_words(
        person.away_place, person.away_name, since_on, reader.say, reader.language
    )
    return replace(reader, units=dict(reader.units) | {OUTSIDE: told})


def _finding(finding: Finding, lifted: str | None, reader: Reader) -> FindingView:
    said = wording.finding_text(finding, reader.language, units=reader.units, zone=reader.zone)
    return FindingView(
        rule_id=finding.rule_id,
        word=_WORDS[finding.severity],
        text=said.line,
        way_on=said.way_on_text,
        liftable_by=finding.liftable_by,
        why=said.why,
        source=said.source,
        lifted_reason=lifted,
        unconfirmed=not all(limit.confirmed for limit in finding.limits),
        by_scan=finding.way_on == SCAN,
        asks=said.asks,
    )


def _prescription(shown: Preview) -> tuple[int, int] | None:
    order = shown.order
    if order.prescription_id is None or order.prescription_version is None:
        return None
    return order.prescription_id, order.prescription_version


def _question(asked: AskedOfDoctor | None) -> QuestionView | None:
    if asked is None:
        return None
    answered = asked.answered_at
    if answered is not None and asked.asked_at is not None and asked.asked_at > answered:
        return QuestionView(asked.question_id, asked.asked_at)
    return QuestionView(
        question_id=asked.question_id or 0,
        asked_at=asked.asked_at or answered,
        answered_at=answered,
        allow=asked.allow,
        reason=asked.reason or "",
        doctor=asked.doctor or "",
    )


def _observation(shown: Preview, given_today: list[Reservation]) -> ObservationView | None:
    for reservation in given_today:
        running = reservation.observation
        if running is not None and running.state == "running":
            return ObservationView(
                reservation.reservation_id,
                running.due_at,
                running.reason,
                running.due_at <= shown.desk.at,
                not shown.checked.book.limits["indkald_observation_minutes"].confirmed,
            )
    return None


def asked_doses(rows: Iterable[str], most: int = 100) -> tuple[DoseAsked, ...]:
    """Doses as a form carries them: ``2026-11-23/1/80000/supervised``. Raises ValueError."""
    doses: list[DoseAsked] = []
    for row in rows:
        day, part, amount, how = row.split("/")
        if how not in ("supervised", "take_home") or len(doses) >= most:
            raise ValueError("no dose")
        if not 0 < int(part) < 100 or not 0 < int(amount) < 10_000_000_000:
            raise ValueError("no dose")
        doses.append(DoseAsked(date.fromisoformat(day), int(part), int(amount), how))  # type: ignore[arg-type]
    return tuple(doses)


def verdict_of(document: Mapping[str, Any]) -> Verdict:
    """The verdict a question keeps."""
    return Verdict.from_dict(document)
