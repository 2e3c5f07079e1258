"""What went before, as lines and marks: the plan, the fourteen days, the last doses. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from dispensing.clock import HOME_ZONE
from dispensing.counter.preview import Preview
from dispensing.counter.views import DayMark, LastDose, StripDay
from dispensing.web import formats
from dispensing.web.render import Language, translations
from dosing_rules import Patient, Prescription

STRIP_DAYS = 14


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the language with its gettext, the unit's zone, and units by their names."""

    language: Language
    zone: str = HOME_ZONE
    units: Mapping[int, str] = field(default_factory=dict)

    @property
    def say(self) -> Callable[[str], str]:
        return translations(self.language).gettext


def plan_lines(patient: Patient, on: date, reader: Reader) -> tuple[str, ...]:
    prescription, arrangement = patient.prescription, patient.arrangement
    if prescription is None:
        return ()
    say, language = reader.say, reader.language
    night = night_order(patient, on)
    parts = " + ".join(formats.milligrams(ug, language) for ug in prescription.parts_ug)
    daily = formats.milligrams(prescription.daily_ug, language)
    first = say("%s om dagen") % (
        daily if len(prescription.parts_ug) == 1 else f"{parts} = {daily}"
    )
    if prescription.valid_to is not None:
        first += say(", gælder til %s") % formats.birth_date(prescription.valid_to, language)
    lines = [first]
    if night is not None:
        told = say("Natten: %s metadon") % formats.milligrams(night.day_ug(on), language)
        if night.valid_to is not None:
            told += say(", gælder til %s") % formats.birth_date(night.valid_to, language)
        lines.append(told)
    if arrangement is None or not arrangement.self_administration:
        lines.append(say("Alle doser indtages her."))
    elif night is not None:
        lines.append(say("Injektioner kun her; natdosis kan med hjem."))
    elif len(arrangement.pickup_weekdays) == 7:
        lines.append(say("Kommer hver dag."))
    elif arrangement.pickup_weekdays:
        days = ", ".join(_weekday(day, language) for day in sorted(arrangement.pickup_weekdays))
        lines.append(say("Henter %s, resten med hjem.") % days)
    if arrangement is not None and arrangement.exception is not None:
        until = formats.day_and_date(arrangement.exception.until_on, language)
        lines.append(
            say("Undtagelse til %(until)s: op til %(days)s dage med hjem.")
            % {"until": until, "days": arrangement.exception.days}
        )
    return (*lines, *_indkald_lines(patient, on, reader))


def _indkald_lines(patient: Patient, on: date, reader: Reader) -> tuple[str, ...]:
    """The period as it stands: today's day, when it begins, and days that were not held."""
    if patient.indkald is None or not patient.indkald.days:
        return ()
    say, language = reader.say, reader.language
    days = sorted(patient.indkald.days)
    lines: list[str] = []
    if on in days:
        lines.append(
            say("Indkald dag %(n)s af %(of)s: hele dosis her, bagefter observation.")
            % {"n": days.index(on) + 1, "of": len(days)}
        )
    elif on < days[0]:
        first, last = (formats.day_and_date(day, language) for day in (days[0], days[-1]))
        lines.append(
            say("Indkald aftalt %(first)s til %(last)s: ingen doser med hjem til de dage.")
            % {"first": first, "last": last}
        )
    missed = [day for day in days if day < on and day not in patient.indkald.completed]
    if missed:
        said = ", ".join(formats.day_and_date(day, language) for day in missed)
        lines.append(say("Indkald: %s blev ikke holdt. Lægen afgør, hvad der så sker.") % said)
    return tuple(lines)


def night_order(patient: Patient, on: date) -> Prescription | None:
    """With the main order in front: the order for the night beside it, while it holds."""
    order = patient.beside.prescription if patient.beside is not None else None
    return order if order is not None and order.night and order.holds_on(on, on) else None


def _weekday(number: int, language: Language) -> str:
    # 2024 began on a Monday.
    return formats.short_weekday(date(2024, 1, number), language)


def strip(shown: Preview) -> tuple[StripDay, ...]:
    on, zone = shown.desk.on, shown.actor.zone
    marks: dict[date, DayMark] = {}
    times: dict[date, str] = {}
    for past in shown.marks:
        if past.what in ("missed", "refused"):
            marks[past.day] = past.what  # type: ignore[assignment]
    indkald = (
        frozenset(shown.desk.patient.indkald.days) if shown.desk.patient.indkald else frozenset()
    )
    # One mark a day: that of the order in front, and of any other only where it has none.
    own = [claim for day in shown.desk.patient.claims_by_day.values() for claim in day]
    for claim in own or shown.desk.patient.claims or ():
        if claim.state != "given":
            marks[claim.for_on] = "reserved"
        elif claim.how == "take_home":
            marks.setdefault(claim.for_on, "taken_home")
        elif claim.for_on in indkald:
            marks[claim.for_on] = "indkald"
            times[claim.for_on] = formats.clock_time(claim.at, zone)
        else:
            marks[claim.for_on] = "swallowed"
    if shown.order.doses and on not in marks:
        marks[on] = "planned"
    days = [on - timedelta(days=back) for back in range(STRIP_DAYS - 1, -1, -1)]
    return tuple(StripDay(day, marks.get(day, "none"), times.get(day, "")) for day in days)


def last_doses(shown: Preview) -> tuple[LastDose, ...]:
    on = shown.desk.on
    past = [
        LastDose(
            claim.for_on,
            claim.at if claim.how == "supervised" else None,
            claim.amount_ug,
            "swallowed" if claim.how == "supervised" else "taken_home",
        )
        for claim in shown.desk.patient.claims or ()
        if claim.state == "given" and claim.for_on <= on
    ]
    past += [
        LastDose(m.day, None, m.amount_ug, "missed") for m in shown.marks if m.what == "missed"
    ]
    past.sort(key=lambda dose: (dose.for_on, dose.at is not None, dose.at), reverse=True)
    return tuple(past[:3])


def nothing_reason(patient: Patient, on: date, reader: Reader) -> str:
    claims = [claim for day in patient.claims_by_day.values() for claim in day]
    for claim in claims:
        if claim.for_on == on and claim.how == "take_home" and claim.state == "given":
            day = formats.weekday(formats.local_day(claim.at), reader.language)
            return reader.say("Dosis for i dag er hentet %s.") % day
    return ""
