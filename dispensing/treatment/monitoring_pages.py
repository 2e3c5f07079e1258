"""What is looked after, as pages: one person's findings, and everything the unit has due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from psycopg import AsyncConnection
from starlette.datastructures import FormData

from dispensing.counter.pages import key_in
from dispensing.errors import Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment import monitoring
from dispensing.treatment.deciding import READERS, Treated, treated
from dispensing.treatment.due import ANSWERS, BY_DOCTOR, OF_TODAY, Answer, Due, Kept, Kind, due
from dispensing.treatment.overview import load_due
from dispensing.treatment.sections import Line, Say, Section
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, beside, translate, wiring_of
from dispensing.wiring import Wiring
from dosing_rules import Patient
from dosing_rules.plausible import MOST_FILTRATION_ML_PER_MINUTE
from dosing_rules.recorded import Health

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known without a record: the day, and what is said beside it."""

    on: date | None
    text: str = ""


def kinds(_: Say) -> Mapping[Kind, str]:
    """Each thing that is looked after, in words."""
    return {
        "review": _("Lægens gennemgang"),
        "ecg": _("EKG og QTc"),
        "pregnancy": _("Graviditet"),
        "liver": _("Levertal"),
        "hepatitis": _("Hepatitis: test og vaccine"),
        "hiv": _("HIV-test"),
        "urine": _("Urinprøve (frivillig)"),
        "naloxone": _("Naloxon og oplæring"),
        "driving": _("Oplyst om bilkørsel"),
        "health": _("Nyrer, lunger og alkohol"),
        "locked_box": _("Låst opbevaring hjemme"),
    }


def not_relevant(_: Say) -> tuple[str, ...]:
    """Why it is not relevant whether somebody is pregnant, each answered in one press."""
    return (
        _("Kan ikke blive gravid: mand"),
        _("Kan ikke blive gravid: efter overgangsalderen"),
        _("Kan ikke blive gravid: steriliseret eller opereret"),
    )


def health_said(_: Say, one: Health | Kept) -> str:
    """What is known of kidneys, lungs and alcohol, in one line; what is not, as unknown."""
    filtration = one.filtration_ml_per_minute
    said: dict[bool | None, str] = {True: _("ja"), False: _("nej"), None: _("ukendt")}
    return " · ".join(
        [
            _("eGFR %(value)s") % {"value": _("ukendt") if filtration is None else filtration},
            _("svær lungesygdom: %(word)s") % {"word": said[one.breathing_disease]},
            _("drikker dagligt: %(word)s") % {"word": said[one.drinks_daily]},
        ]
    )


def answers(_: Say, kind: Kind) -> Mapping[Answer, str]:
    """What may be answered to a kind, in words; the ordinary answer first."""
    said: dict[Answer, str] = {
        "done": {
            "review": _("Gennemgået i dag"),
            "ecg": _("Taget"),
            "naloxone": _("Udleveret og oplært"),
            "driving": _("Oplyst"),
            "health": _("Spurgt og set på"),
        }.get(kind, _("Taget")),
        "yes": _("Låst skab") if kind == "locked_box" else _("Gravid"),
        "no": _("Intet låst skab") if kind == "locked_box" else _("Ikke gravid"),
        "not_relevant": _("Ikke relevant"),
        "declined": _("Vil ikke nu"),
        "put_off": _("Udsat"),
    }
    return {answer: said[answer] for answer in ANSWERS[kind]}


def due_line(_: Say, one: Due) -> Line:
    """A thing that is due, as a line."""
    name = kinds(_)[one.kind]
    if one.on is None:
        text = _("%(name)s: aldrig skrevet ned") % {"name": name}
    else:
        text = _("%(name)s: skulle ske") % {"name": name}
    return Line(text, "late" if one.late else "due", one.on)


def known_before(_: Say, patient: Patient) -> Mapping[Kind, Known]:
    """What the record knows though nobody wrote it here: taken over, or from another system."""
    found: dict[Kind, Known] = {}
    if patient.reviewed_on is not None:
        found["review"] = Known(patient.reviewed_on)
    if patient.ecg_on is not None and patient.qtc_ms is not None:
        found["ecg"] = Known(patient.ecg_on, f" · QTc {patient.qtc_ms} ms")
    if patient.naloxone_on is not None:
        found["naloxone"] = Known(patient.naloxone_on)
    if patient.pregnant is not None:
        found["pregnancy"] = Known(None, _("Gravid") if patient.pregnant else _("Ikke gravid"))
    if patient.urine_on is not None:
        found["urine"] = Known(patient.urine_on)
    if patient.health is not None:
        found["health"] = Known(None, health_said(_, patient.health))
    if patient.home_safety is not None and patient.home_safety.locked_box is not None:
        locked = patient.home_safety.locked_box
        found["locked_box"] = Known(None, _("Låst skab") if locked else _("Intet låst skab"))
    return found


async def section(
    wiring: Wiring, connection: AsyncConnection[Any], seen: Treated, _: Say
) -> Section:
    """What is due for a person."""
    found = await _due_of(wiring, connection, seen)
    lines = tuple(due_line(_, one) for one in found) or (Line(_("Intet mangler i dag.")),)
    href = f"/behandling/person/{seen.desk.person_id}/opfoelgning"
    return Section(_("Opfølgning"), href, lines)


async def _due_of(wiring: Wiring, connection: AsyncConnection[Any], seen: Treated) -> Sequence[Due]:
    if seen.desk.book_id is None:
        return ()
    kept = await monitoring.newest(connection, seen.desk.person_id)
    return due(seen.desk.patient, kept, wiring.book(seen.desk.book_id), seen.desk.on)


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    status: int = 200,
    typed: FormData | None = None,
) -> Response:
    """The whole page; ``typed`` fills the form that was sent again."""
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(
            wiring, connection, forms.session_token(request), person_id, "monitoring"
        )
        found = await _due_of(wiring, connection, seen)
        kept = await monitoring.newest(connection, person_id)
        past = await monitoring.history(connection, person_id)
        await connection.commit()
    waiting = {one.kind: due_line(_, one) for one in found}
    return work_page(
        request,
        actor,
        "treatment/monitoring.html",
        status,
        person_id=person_id,
        who=seen.who,
        today=seen.desk.on,
        waiting=waiting,
        kept=kept,
        known=known_before(_, seen.desk.patient),
        past=past,
        names=kinds(_),
        answers={kind: answers(_, kind) for kind in ANSWERS},
        # What is due comes first; a nurse is shown what a nurse may write.
        order=sorted(ANSWERS, key=lambda kind: kind not in waiting),
        health={kind: health_said(_, one) for kind, one in kept.items() if kind == "health"},
        of_today=OF_TODAY,
        not_relevant=not_relevant(_),
        mine=[kind for kind in ANSWERS if actor.role == "doctor" or kind not in BY_DOCTOR],
        typed=typed or {},
        notice=notice,
    )


@router.get("/behandling/person/{person_id}/opfoelgning")
async def monitoring_page(request: Request, person_id: forms.IdInPath) -> Response:
    """What is due, what is known, and the latest records."""
    return await _page(request, await signed_in(request, *READERS), person_id)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unprocessable("no such day", field=field) from None


def _yes_or_no(form: FormData, name: str) -> bool | None:
    """Yes, no, or None where it is not known. Raises Unprocessable."""
    told = forms.text(form, name, 3)
    if told not in ("", "yes", "no"):
        raise Unprocessable("yes, no, or nothing", field=name)
    return None if not told else told == "yes"


def _finding_in(form: FormData, kind: Kind, answer: Answer) -> monitoring.Finding:
    return monitoring.Finding(
        kind,
        answer,
        _day(forms.text(form, "found_on", 10), "found_on"),
        forms.whole(form, "qtc_ms", 1, 9_999),
        forms.text(form, "goal") or None,
        forms.text(form, "note") or None,
        _day(forms.text(form, "next_on", 10), "next_on"),
        forms.whole(form, "filtration_ml_per_minute", 1, MOST_FILTRATION_ML_PER_MINUTE),
        _yes_or_no(form, "breathing_disease"),
        _yes_or_no(form, "drinks_daily"),
    )


@router.post("/behandling/person/{person_id}/opfoelgning", dependencies=[PAGE_STEP])
async def press_record(request: Request, person_id: forms.IdInPath) -> Response:
    """A finding, an offer or the review is written down; what is wrong stands beside its field."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *READERS)
    kind, answer = forms.text(form, "finding", 20), forms.text(form, "found", 20)
    if kind not in get_args(Kind):
        raise Unprocessable("this is not looked after here", field="finding")
    if answer not in get_args(Answer):
        raise Unprocessable("this is no answer to that", field="answer")
    token = forms.session_token(request)
    try:
        finding = _finding_in(form, kind, answer)  # type: ignore[arg-type]
        await monitoring.record(wiring_of(request), token, person_id, finding, key_in(form))
    except (Unprocessable, Conflict) as error:
        said = replace(beside(error, request), of=kind)
        return await _page(request, actor, person_id, said, error.status, form)
    _ = translate(request)
    return await _page(request, actor, person_id, Notice("done", _("Skrevet ned.")))


@router.get("/behandling/opfoelgning")
async def due_page(request: Request, hvad: str = "") -> Response:
    """Everybody of the unit with something due, late first; ``hvad`` shows one kind."""
    actor = await signed_in(request, *READERS)
    _ = translate(request)
    people = await load_due(wiring_of(request), forms.session_token(request))
    counts = {kind: sum(kind in one.kinds for one in people) for kind in ANSWERS}
    shown = [one for one in people if hvad not in counts or hvad in one.kinds]
    return work_page(
        request,
        actor,
        "treatment/due.html",
        rows=[(one, [due_line(_, waits) for waits in one.due]) for one in shown],
        counts={kind: count for kind, count in counts.items() if count},
        names=kinds(_),
        chosen=hvad if hvad in counts else "",
        everybody=len(people),
    )
