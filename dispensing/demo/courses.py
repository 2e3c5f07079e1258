"""What the year holds for each person: renewals, reviews, ECG, indkald, tapers, laid out ahead."""

from __future__ import annotations

from datetime import date, timedelta

from dispensing.demo.catalogue import BY_ID
from dispensing.demo.clinic import Clinic
from dispensing.demo.people import MG
from dispensing.demo.state import Person

RENEW_DAYS = 150
_YEAR = 365
_LEAST_DAYS = 15
_AGREED_AHEAD = 13
#: Of a hundred people in a year, the latest statuses of those who leave, by how many (Tabel 4).
_LEAVE, _TO_PHARMACY = 0.06, 0.05
_STATUSES = {
    "completed": 14,
    "dead": 10,
    "prison": 3,
    "hospital_or_own_doctor": 1,
    "moved": 5,
    "expelled": 2,
    "left_early": 18,
    "unknown": 5,
}
_AWAY_BEFORE = {"left_early": 12, "unknown": 10, "prison": 3}


def weekday_of(person: Person) -> int:
    """The fixed pick-up day; early in the week where the unit is closed at weekends, so that an
    indkald fits behind it."""
    if BY_ID[person.home].closed_weekdays:
        return 1 + person.person_id % 2
    return 1 + person.person_id % 5


def lay_out(clinic: Clinic, person: Person) -> None:
    """Fill ``person.plans`` and what is recorded at the start."""
    chance, start, until = clinic.chance, clinic.frame.start, clinic.frame.until
    begins = start if person.active or person.shows else person.enrolled_on
    care = person.care
    _plan_rounds(clinic, person, begins)
    if care.pregnant is None:
        care.pregnant = False
    if person.substance == "methadone":
        care.qtc_ms = chance.randrange(392, 446)
    if person.substance == "diacetylmorphine":
        # Methadone for the night asks for it, too.
        care.ecg_on, care.qtc_ms = begins, 400 + person.person_id % 40
    care.naloxone_on = begins - timedelta(days=chance.randrange(1, 400))
    if person.active:
        care.first_dose_on = person.enrolled_on + timedelta(days=chance.randrange(3))
        _plan_indkald(clinic, person, start + timedelta(days=chance.randrange(_YEAR)))
        _draw_sedatives(clinic, person)
        if person.shows is None:
            _plan_leaving(clinic, person)
        ordinary = person.shows is None and person.style in ("daily", "three", "weekly")
        if ordinary and chance.random() < 0.05:
            _plan_taper(clinic, person)
    else:
        care.indkald_due_on = begins + timedelta(days=_YEAR)
        plan_next_indkald(clinic, person, care.indkald_due_on)
        if person.shows is None:
            person.plan(begins, "start")
    if person.shows == "week-increase":
        person.plan(until - timedelta(days=6), "dose", person.daily_ug + 10 * MG)
        person.plan(until - timedelta(days=3), "dose", person.daily_ug + 20 * MG)
    if person.style == "weekly" and person.shows is None and chance.random() < 0.25:
        ahead = chance.randrange(max(1, (until - start).days))
        person.plan(start + timedelta(days=ahead), "travel")


def _plan_leaving(clinic: Clinic, person: Person) -> None:
    """Some leave in the course of the year, and some are supplied by a pharmacy from a day on."""
    chance, start = clinic.chance, clinic.frame.start
    days = (clinic.frame.until - start).days - 2
    if days < _LEAST_DAYS:
        return
    draw = chance.random() * _YEAR / days
    on = start + timedelta(days=chance.randrange(_LEAST_DAYS - 1, days))
    if draw < _LEAVE:
        status = chance.choices(list(_STATUSES), list(_STATUSES.values()))[0]
        stays_away = _AWAY_BEFORE.get(status, 0)
        if stays_away:
            person.plan(on - timedelta(days=stays_away), "absent", on)
        person.plan(on, "end", status)
    elif draw < _LEAVE + _TO_PHARMACY and person.style == "weekly":
        near = [place.unit_id for place in clinic.places if place.kind == "pharmacy"]
        if near:
            person.plan(on, "to-pharmacy", chance.choice(near))


def _plan_rounds(clinic: Clinic, person: Person, begins: date) -> None:
    """Renewals, reviews and ECG at their own pace, each person with an own phase."""
    chance, until = clinic.chance, clinic.frame.until
    care = person.care
    old = person.active
    for kind, every, spread in (("renew", RENEW_DAYS, 10), ("review", 140, 25), ("ecg", 315, 30)):
        if kind == "ecg" and person.substance != "methadone":
            continue
        since = chance.randrange(every - spread) if old else 0
        day = begins - timedelta(days=since)
        if kind == "review":
            care.reviewed_on = day
        elif kind == "ecg":
            care.ecg_on = day
        else:
            person.signed_since = day
        while (day := day + timedelta(days=every + chance.randrange(-spread, 1))) < until:
            person.plan(day, kind)


def _plan_indkald(clinic: Clinic, person: Person, due_on: date) -> None:
    """A period some weeks before it is due; for those who take doses home."""
    person.care.indkald_due_on = due_on
    if person.style not in ("three", "weekly", "pharmacy"):
        # Supervised every day anyway: nothing to verify.
        person.care.indkald_due_on = clinic.frame.until + timedelta(days=200 + due_on.day)
        return
    start = clinic.frame.start + timedelta(days=21)
    if due_on - timedelta(days=50) < start:
        due_on += timedelta(days=_YEAR)
        person.care.indkald_due_on = due_on
    plan_next_indkald(clinic, person, due_on)


def plan_next_indkald(clinic: Clinic, person: Person, due_on: date) -> None:
    """Agree on a period well before it is due."""
    if person.style not in ("three", "weekly", "pharmacy"):
        return
    first = find_period(clinic, person, due_on - timedelta(days=66))
    # Some are agreed with already when the history ends. Where a pharmacy holds the right it would
    # have to be here on those days; nobody has decided that.
    ahead = timedelta(days=0 if person.style == "pharmacy" else _AGREED_AHEAD)
    if first is not None and first < clinic.frame.until + ahead:
        agreed_on = max(first - timedelta(days=14), clinic.frame.start + timedelta(days=1))
        person.plan(agreed_on, "indkald", first)


def find_period(clinic: Clinic, person: Person, from_on: date) -> date | None:
    """The first pick-up day from a date on with enough open days behind it."""
    count = clinic.book.indkald_days
    weekdays = {1, 3, 5} if person.person_id % 3 else {2, 4, 6}
    if person.style != "three":
        weekdays = {weekday_of(person)}
    for ahead in range(28):
        first = from_on + timedelta(days=ahead)
        days = [first + timedelta(days=n) for n in range(count)]
        if first.isoweekday() in weekdays and all(clinic.is_open(person.home, d) for d in days):
            return first
    return None


def _draw_sedatives(clinic: Clinic, person: Person) -> None:
    """Most were asked and take none; some taper on a plan that is kept up; few have no plan."""
    chance, care = clinic.chance, person.care
    draw = chance.random()
    if draw < 0.10:
        low = chance.randrange(5, 15) * MG
        care.sedatives_low_ug, care.sedatives_high_ug = low, min(low * 2, 28 * MG)
        care.taper_state = "agreed" if draw < 0.04 else "tapering"
        care.taper_plan_on = clinic.frame.start - timedelta(days=chance.randrange(60))
        day = care.taper_plan_on
        while (day := day + timedelta(days=chance.randrange(50, 75))) < clinic.frame.until:
            if day > clinic.frame.start:
                person.plan(day, "plan-renewed")
    elif draw < 0.125:
        low = chance.randrange(12, 40) * MG
        care.sedatives_low_ug, care.sedatives_high_ug = low, low * 2
        care.taper_state = chance.choice(("above_guidance", "informed"))


def _plan_taper(clinic: Clinic, person: Person) -> None:
    """Down a little every fortnight, announced before it begins, to a dose that holds."""
    start, until = clinic.frame.start, clinic.frame.until
    step_ug = 5 * MG if person.substance == "methadone" else 2 * MG
    day = start + timedelta(days=20 + clinic.chance.randrange(120))
    dose_ug = person.daily_ug
    for _ in range(clinic.chance.randrange(3, 9)):
        dose_ug -= step_ug
        if dose_ug < 4 * step_ug or day >= until:
            return
        person.plan(day, "taper", dose_ug)
        day += timedelta(days=14)
