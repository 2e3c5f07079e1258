"""How a cell of a spec table becomes a fact. A blank cell leaves the base patient as it is.

``?`` means not recorded. Days are offsets from today (``-3``, ``+5``, ``0``); amounts are
milligrams; ``yes`` and ``no`` are what they say. Columns named after a fact of the facts
dataclasses set that fact; the few below have a shape of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, get_args

from dosing_rules import (
    Arrangement,
    Claim,
    DoseAsked,
    DoseStep,
    Health,
    HomeSafety,
    Indkald,
    Loss,
    Medicine,
    Observed,
    Patient,
    Prescription,
    Request,
    Sedatives,
    Session,
    TakeHomeException,
    Unit,
    Vomit,
)
from dosing_rules.facts import Identifier
from tests.spec import columns_ahead, columns_night, standard
from tests.spec.moments import clock, day, day_of, depot_given, dose_days, moved, ug
from tests.spec.standard import NOW, TODAY, UNIT_ID

UNKNOWN = "?"


@dataclass
class Scene:
    """The facts of one row while its cells are applied."""

    request: dict[str, Any]
    observed: dict[str, Any]
    patient: dict[str, Any]
    prescription: dict[str, Any] | None
    arrangement: dict[str, Any] | None

    def built(self) -> tuple[Request, Patient]:
        """The request and patient of the row."""
        order = Prescription(**self.prescription) if self.prescription is not None else None
        arranged = Arrangement(**self.arrangement) if self.arrangement is not None else None
        request = Request(**self.request | {"observed": Observed(**self.observed)})
        return request, Patient(**self.patient | {"prescription": order, "arrangement": arranged})


def values(of: Any) -> dict[str, Any]:
    """The facts of a value by name, without the derived ones."""
    return {field.name: getattr(of, field.name) for field in fields(of) if field.init}


def scene(base: str) -> Scene:
    """A fresh copy of a base patient."""
    request, patient = standard.BASES[base]()
    assert patient.prescription is not None and patient.arrangement is not None
    return Scene(
        request=values(request),
        observed=values(request.observed),
        patient=values(patient),
        prescription=values(patient.prescription),
        arrangement=values(patient.arrangement),
    )


def dose_words(item: str) -> dict[str, Any]:
    """``80``, ``40 part 2``, ``80 home +1..+6``, ``80 uncertain unit 2``: the words of one dose."""
    words = item.split()
    found: dict[str, Any] = {"ug": ug(words.pop(0)), "part": 1, "unit": UNIT_ID, "days": [TODAY]}
    found |= {"how": "supervised", "state": "given"}
    while words:
        word = words.pop(0)
        if word == "home":
            found["how"] = "take_home"
        elif word in ("reserved", "uncertain", "given"):
            found["state"] = word
        elif word in ("part", "unit"):
            found[word] = int(words.pop(0))
        else:
            found["days"] = dose_days(word)
    return found


def asked(row: Scene, text: str) -> None:
    doses: list[DoseAsked] = []
    for item in [] if text == "nothing" else text.split(","):
        words = dose_words(item)
        doses += [DoseAsked(on, words["part"], words["ug"], words["how"]) for on in words["days"]]
    row.request["doses"] = tuple(doses)


def taken(row: Scene, text: str) -> None:
    """Claims beside those of the base patient."""
    if text == UNKNOWN:
        row.patient["claims"] = None
        return
    claims: list[Claim] = list(row.patient["claims"] or ())
    for item in text.split(","):
        words = dose_words(item)
        claims += [
            Claim(on, words["part"], words["ug"], words["how"], words["state"], words["unit"], NOW)
            for on in words["days"]
        ]
    row.patient["claims"] = tuple(claims)


def ordered(row: Scene, text: str) -> None:
    """``80``, ``40+40`` for a split day, ``none`` for no prescription."""
    if text == "none":
        row.prescription = None
        return
    assert row.prescription is not None
    parts = tuple(ug(part) for part in text.split("+"))
    row.prescription |= {"daily_ug": sum(parts), "parts_ug": parts}


def weekdays_mg(row: Scene, text: str) -> None:
    assert row.prescription is not None
    pattern = None if text == UNKNOWN else tuple(ug(one) for one in text.split("/"))
    row.prescription["weekday_ug"] = pattern


def scanned(row: Scene, text: str) -> None:
    row.request["product"] = None if text == UNKNOWN else standard.PRODUCTS[text]


def ordered_product(row: Scene, text: str) -> None:
    assert row.prescription is not None
    row.prescription["product"] = standard.PRODUCTS[text]


def shown(row: Scene, text: str) -> None:
    """``7/3``: prescription 7 in version 3."""
    number, _, version = text.partition("/")
    known = (None, None) if text == UNKNOWN else (int(number), int(version))
    row.request["prescription_id"], row.request["prescription_version"] = known


def identifiers(row: Scene, text: str) -> None:
    names = frozenset() if text == "none" else frozenset(text.split("+"))
    assert names <= set(get_args(Identifier))
    row.request["identifiers"] = names


def since_last(row: Scene, text: str) -> None:
    """``19:59`` hours and minutes since the last swallowed dose."""
    if text == UNKNOWN:
        row.patient["last_swallowed_at"] = None
        return
    hours, _, minutes = text.partition(":")
    row.patient["last_swallowed_at"] = NOW - timedelta(hours=int(hours), minutes=int(minutes))


def missed(row: Scene, text: str) -> None:
    """Whole days without a dose: the last covered day lies one further back."""
    covered = None if text == UNKNOWN else TODAY - timedelta(days=int(text) + 1)
    row.patient["last_covered_on"] = covered


def steps(row: Scene, text: str) -> None:
    """``-2: 70>80, -9: 60>70``; ``none``."""
    row.patient["steps"] = told_steps(text)


def told_steps(text: str) -> tuple[DoseStep, ...] | None:
    """The steps of such a cell."""
    if text in (UNKNOWN, "none"):
        return None if text == UNKNOWN else ()
    made: list[DoseStep] = []
    for item in text.split(","):
        on, _, change = item.partition(":")
        before, _, after = change.partition(">")
        made.append(DoseStep(day(on.strip()), ug(before), ug(after)))
    return tuple(made)


def indkald(row: Scene, text: str) -> None:
    """``0..+3`` the days planned; ``-1..+2 done -1..-1`` with those completed; ``none``."""
    if text in (UNKNOWN, "none"):
        row.patient["indkald"] = None if text == UNKNOWN else Indkald((), ())
        return
    planned, _, done = text.partition(" done ")
    completed = tuple(dose_days(done)) if done else ()
    row.patient["indkald"] = Indkald(tuple(dose_days(planned)), completed)


def exception(row: Scene, text: str) -> None:
    """``14 days 0..+20``: so many days, within that period."""
    assert row.arrangement is not None
    days, _, period = text.partition(" days ")
    within = dose_days(period)
    row.arrangement["exception"] = TakeHomeException(int(days), within[0], within[-1])


def benzodiazepines(row: Scene, text: str) -> None:
    """``20-40 agreed -30``: low to high diazepam mg a day, plan, and when it was made."""
    if text == UNKNOWN:
        row.patient["sedatives"] = None
        return
    load, plan, *on = text.split()
    low, _, high = load.partition("-")
    made_on = None if not on or on[0] == UNKNOWN else day(on[0])
    row.patient["sedatives"] = Sedatives(ug(low), ug(high), plan, made_on)  # type: ignore[arg-type]


def vomited(row: Scene, text: str) -> None:
    """``1:30 ago, 10 min, seen``."""
    if text == UNKNOWN:
        row.patient["vomits"] = None
        return
    ago, after, seen = text.split(",")
    hours, _, minutes = ago.removesuffix(" ago").partition(":")
    at = NOW - timedelta(hours=int(hours), minutes=int(minutes))
    vomit = Vomit(at, int(after.removesuffix(" min")), seen.strip() == "seen")
    row.patient["vomits"] = (vomit,)


def unit(row: Scene, text: str) -> None:
    """``?``, ``closed 0 +1``, ``licence methadone_injection``, ``other``."""
    known: Unit | None = row.patient["unit"]
    word, *rest = text.split()
    if word == UNKNOWN:
        row.patient["unit"] = None
        return
    assert known is not None
    number = UNIT_ID + 1 if word == "other" else UNIT_ID
    closed = frozenset(day(one) for one in rest) if word == "closed" else known.closed_on
    licences = frozenset(rest) if word == "licence" else known.licences
    row.patient["unit"] = Unit(number, licences, closed)


def arrangement(row: Scene, text: str) -> None:
    assert text == UNKNOWN
    row.arrangement = None


def extra_mg(row: Scene, text: str) -> None:
    row.patient["extra_ug_allowed_today"] = None if text == UNKNOWN else ug(text)


def alcohol_permille(row: Scene, text: str) -> None:
    row.observed["alcohol_permille_milli"] = None if text == UNKNOWN else ug(text)


def medicines(row: Scene, text: str) -> None:
    """``N07BB04 -30``, ``J02AC01 -30..-1`` (stopped), ``N02BF02 ?``; comma separated; ``none``."""
    made: list[Medicine] = []
    for item in [] if text in (UNKNOWN, "none") else text.split(","):
        atc, since = item.split()
        first, _, last = since.partition("..")
        started = None if first == UNKNOWN else day(first)
        made.append(Medicine(atc, started, day(last) if last else None))
    row.patient["medicines"] = None if text == UNKNOWN else tuple(made)


def yes_no(word: str) -> bool | None:
    return None if word == UNKNOWN else word == "yes"


def home_safety(row: Scene, text: str) -> None:
    """``yes no``: naloxone, locked box."""
    words = [yes_no(word) for word in text.split()]
    row.patient["home_safety"] = None if text == UNKNOWN else HomeSafety(*words)


def health(row: Scene, text: str) -> None:
    """``90 no yes``: filtration in ml/min, severe breathing disease, drinks daily."""
    if text == UNKNOWN:
        row.patient["health"] = None
        return
    filtration, *rest = text.split()
    known = None if filtration == UNKNOWN else int(filtration)
    row.patient["health"] = Health(known, *[yes_no(word) for word in rest])


def session(row: Scene, text: str) -> None:
    """``2 0:31 yes``: failed attempts, time since the last, looked at after the last injection."""
    if text == UNKNOWN:
        row.patient["session"] = None
        return
    attempts, ago, followed = text.split()
    hours, _, minutes = ago.partition(":")
    last_at = NOW - timedelta(hours=int(hours), minutes=int(minutes)) if minutes else None
    count = None if attempts == UNKNOWN else int(attempts)
    row.patient["session"] = Session(count, last_at, yes_no(followed))


def last_depot(row: Scene, text: str) -> None:
    row.patient["last_depot"] = depot_given(text)


def at(row: Scene, text: str) -> None:
    """``2026-03-29 12:59`` by the wall clock: the base patient's whole history moves there.

    Offsets in other cells stay offsets from the ordinary day: such a row writes its days out.
    """
    moment = clock(text)
    on = day_of(moment)
    for facts in (row.request, row.patient, row.prescription or {}):
        facts |= {name: moved(value, on - TODAY) for name, value in facts.items()}
    row.request |= {"at": moment, "on": on}


def last_at(row: Scene, text: str) -> None:
    """When the last dose was swallowed, by the wall clock."""
    row.patient["last_swallowed_at"] = clock(text)


def losses(row: Scene, text: str) -> None:
    """``0 yes, +1 ?``: the day it was for, and whether the loss was verified; ``none``."""
    items = [] if text in (UNKNOWN, "none") else [item.split() for item in text.split(",")]
    made = tuple(Loss(day(on), yes_no(verified)) for on, verified in items)
    row.patient["losses"] = None if text == UNKNOWN else made


SHAPED: dict[str, Callable[[Scene, str], None]] = {
    made.__name__: made
    for made in (
        asked,
        taken,
        ordered,
        weekdays_mg,
        scanned,
        ordered_product,
        shown,
        identifiers,
        since_last,
        steps,
        indkald,
        exception,
        benzodiazepines,
        vomited,
        unit,
        arrangement,
        extra_mg,
        alcohol_permille,
        medicines,
        home_safety,
        health,
        session,
        losses,
        last_depot,
        at,
        last_at,
    )
}
SHAPED["missed_days"] = missed
SHAPED |= columns_night.SHAPED | columns_ahead.SHAPED

_PLACES: tuple[tuple[str, Any], ...] = (
    ("patient", Patient),
    ("prescription", Prescription),
    ("arrangement", Arrangement),
    ("observed", Observed),
)


def apply(row: Scene, column: str, text: str) -> None:
    """Set the fact a column names. Raises ``KeyError`` for a column nobody knows."""
    if column in SHAPED:
        SHAPED[column](row, text)
        return
    name = f"{column.removesuffix('_mg')}_ug" if column.endswith("_mg") else column
    for place, kind in _PLACES:
        if name in {field.name for field in fields(kind) if field.init}:
            facts = getattr(row, place)
            assert facts is not None, f"{column} of something the row has removed"
            facts[name] = plain(column, text)
            return
    raise KeyError(column)


def plain(column: str, text: str) -> Any:
    """A value by the last word of its column's name."""
    if text == UNKNOWN:
        return None
    if text in ("yes", "no"):
        return text == "yes"
    if column.endswith("_mg"):
        return ug(text)
    if column in ("valid_from", "valid_to") or column.endswith("_on"):
        return date.min if text == "none" else day(text)
    if column.endswith("weekdays"):
        return frozenset(int(one) for one in text.split("+")) if text != "none" else frozenset()
    return int(text) if text.lstrip("-").isdigit() else text
