"""What treatment decisions and the frame around them write in the ledger: one builder per kind.

Facts are JSON values without floats, and each entry holds all that its table rows hold, so that a
rebuild and the audit need nothing else. People are named here: a payload can be erased, a hash
cannot. Entries about a unit concern no person.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import msgspec

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of, product_row
from dispensing.units.entries import calendar_set as calendar_set
from dispensing.units.entries import rule_book_adopted as rule_book_adopted
from dosing_rules import Product, TakeHomeException

#: A preparation beyond the ordinary ones, from and to which day (None: until further notice).
Licence = tuple[str, date, date | None]


def contact_made(act: Act, *, contact_on: date, by: str) -> Entry:
    """The first contact of a course, before anything is decided; ``by``: self, referral."""
    return entry_of(act, "contact-made", {"contact_on": contact_on.isoformat(), "by": by})


def substance_offered(
    act: Act, *, substance: str, accepted: bool, reason: str | None, **more: object
) -> Entry:
    """A new person was offered a substance first; a refusal, or not offering, has its reason.

    ``more`` are further facts, JSON values: the answer in full, the next chance to change.
    """
    return entry_of(
        act,
        "substance-offered",
        {"substance": substance, "accepted": accepted, "reason": reason, **more},
    )


def person_enrolled(
    act: Act,
    *,
    card_code: str,
    names: tuple[str, str],
    born_on: date,
    sex: str,
    right_holder_unit_id: int | None,
    enrolled_on: date,
) -> Entry:
    """A person is treated by ``act.unit_id`` from ``enrolled_on``. ``names``: given, family."""
    return entry_of(
        act,
        "person-enrolled",
        {
            "card": card_code,
            "names": list(names),
            "born_on": born_on.isoformat(),
            "sex": sex,
            "right_holder": right_holder_unit_id,
            "enrolled_on": enrolled_on.isoformat(),
        },
    )


def right_moved(act: Act, *, right_holder_unit_id: int) -> Entry:
    """Another place may dispense to the person from now on."""
    return entry_of(act, "right-moved", {"right_holder": right_holder_unit_id})


def person_ended(act: Act, *, ended_on: date, status: str, **more: object) -> Entry:
    """The course ended; ``status`` is one of the latest statuses the audit counts.

    ``more`` are further facts, JSON values.
    """
    facts = {"ended_on": ended_on.isoformat(), "status": status, **more}
    return entry_of(act, "person-ended", facts)


def prescription_signed(
    act: Act,
    *,
    prescription: tuple[int, int],
    product: Product,
    daily_ug: int,
    parts_ug: Sequence[int],
    weekday_ug: Sequence[int] | None,
    valid_from: date,
    valid_to: date | None,
    high_dose_reason: str | None,
    depot_interval_days: int | None = None,
    night: bool = False,
) -> Entry:
    """A doctor signed an order; ``prescription`` is (id, version).

    ``night``: it is the dose for the night, beside injections.
    """
    return entry_of(
        act,
        "prescription-signed",
        {
            "prescription": list(prescription),
            "product": product_row(product),
            "parts_ug": list(parts_ug),
            "weekday_ug": None if weekday_ug is None else list(weekday_ug),
            "valid_from": valid_from.isoformat(),
            "valid_to": None if valid_to is None else valid_to.isoformat(),
            "high_dose_reason": high_dose_reason,
            "depot_interval_days": depot_interval_days,
            **({"night": True} if night else {}),
        },
        daily_ug,
    )


def arrangement_decided(
    act: Act,
    *,
    version: int,
    valid_from: date,
    self_administration: bool,
    supervised_weekdays: Sequence[int],
    pickup_weekdays: Sequence[int],
    take_home_days: int,
    thrice_weekly: bool,
    pharmacy_unit_id: int | None,
    exception: TakeHomeException | None,
    exception_reason: str | None,
) -> Entry:
    """How the person takes the medicine from a day on, with an exception where there is one."""
    return entry_of(
        act,
        "arrangement-decided",
        {
            "version": version,
            "valid_from": valid_from.isoformat(),
            "self_administration": self_administration,
            "supervised_weekdays": list(supervised_weekdays),
            "pickup_weekdays": list(pickup_weekdays),
            "take_home_days": take_home_days,
            "thrice_weekly": thrice_weekly,
            "pharmacy": pharmacy_unit_id,
            "exception": None
            if exception is None
            else [
                exception.days,
                exception.from_on.isoformat(),
                exception.until_on.isoformat(),
                exception_reason,
            ],
        },
    )


def monitoring_recorded(act: Act, finding: Mapping[str, object]) -> Entry:
    """What was found, offered or reviewed: the columns of the record, days as ISO text."""
    return entry_of(act, "monitoring-recorded", _spelled(finding))


def _spelled(values: Mapping[str, object]) -> dict[str, object]:
    """Days as ISO text, a list of medicine as rows: what JSON has, whoever hands it over."""
    return dict(msgspec.to_builtins(dict(values)))


def care_recorded(act: Act, values: Mapping[str, object]) -> Entry:
    """What was found or agreed: the columns of ``care`` that were set, days as ISO text."""
    return entry_of(act, "care-recorded", _spelled(values))


def indkald_planned(
    act: Act,
    *,
    indkald_id: int,
    days: Sequence[date],
    observation_minutes: int,
    come_at: time | None = None,
) -> Entry:
    """A period of supervised days was agreed with the person, and when on each to come."""
    hour = {} if come_at is None else {"come_at": come_at.isoformat("minutes")}
    return entry_of(
        act,
        "indkald-planned",
        {
            "indkald": indkald_id,
            "days": [day.isoformat() for day in days],
            "observation_minutes": observation_minutes,
            **hour,
        },
    )


def indkald_changed(
    act: Act,
    *,
    indkald_id: int,
    state: str,
    completed: Sequence[date],
    days: Sequence[date] | None = None,
) -> Entry:
    """A period runs, is completed, broken, moved or excused; ``completed`` are its days so far.

    ``days``: the ones it has from now on, where they are others.
    """
    others = {} if days is None else {"days": [day.isoformat() for day in days]}
    return entry_of(
        act,
        "indkald-changed",
        {
            "indkald": indkald_id,
            "state": state,
            "completed": [day.isoformat() for day in completed],
            **others,
        },
    )


def _of_unit(
    unit_id: int, actor_id: int | None, on: date, at: datetime, kind: str, facts: dict[str, object]
) -> Entry:
    return Entry(
        kind=kind,
        unit_id=unit_id,
        actor_id=actor_id,
        on=on,
        facts={"at": at.isoformat(), **facts},
    )


def unit_opened(
    unit_id: int,
    actor_id: int | None,
    on: date,
    at: datetime,
    *,
    code: str,
    name: str,
    kind: str,
    hours: tuple[time, time],
    places: int | None,
    licences: Sequence[Licence],
) -> Entry:
    """A place that hands out is opened in the service, with its licences."""
    return _of_unit(
        unit_id,
        actor_id,
        on,
        at,
        "unit-opened",
        {
            "code": code,
            "name": name,
            "unit_kind": kind,
            "opens": hours[0].isoformat("minutes"),
            "closes": hours[1].isoformat("minutes"),
            "places": places,
            "licences": _licence_rows(licences),
        },
    )


def licences_set(
    unit_id: int, actor_id: int | None, on: date, at: datetime, *, licences: Sequence[Licence]
) -> Entry:
    """All licences the unit has from now on, past and coming ones included."""
    facts: dict[str, object] = {"licences": _licence_rows(licences)}
    return _of_unit(unit_id, actor_id, on, at, "licences-set", facts)


def _licence_rows(licences: Sequence[Licence]) -> list[list[str | None]]:
    return [
        [preparation, from_on.isoformat(), None if to_on is None else to_on.isoformat()]
        for preparation, from_on, to_on in licences
    ]
