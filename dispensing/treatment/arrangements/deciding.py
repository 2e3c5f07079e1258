"""Deciding how a person takes the medicine, exceptions, and the step back in one press."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from dispensing.counter.outcome import Outcome, Statement
from dispensing.errors import CannotDecide, Conflict, Unprocessable
from dispensing.treatment.arrangements import store
from dispensing.treatment.arrangements.preconditions import (
    ASKED,
    AT_HOME,
    Kind,
    Precondition,
    Stands,
    preconditions,
)
from dispensing.treatment.arrangements.store import HISTORY, History, history_from
from dispensing.treatment.deciding import Decided, Deciding, decide, not_before, words
from dispensing.treatment.entries import arrangement_decided, care_recorded
from dispensing.treatment.monitoring import SET_CARE
from dispensing.treatment.supply.following import Following, with_supply
from dispensing.treatment.supply.planning import Terms
from dispensing.treatment.supply.store import FRAME, frame_from
from dispensing.wiring import Wiring
from dosing_rules import Arrangement, RuleBook, TakeHomeException

#: A longer absence is another arrangement, or a move.
LONGEST_EXCEPTION_DAYS = 92
WEEK = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class Arranging:
    """An arrangement as a doctor decides it. Weekdays are ISO numbers, Monday 1.

    ``ticked`` are the preconditions the doctor asked about and found met. Of a pharmacy:
    ``pharmacy_weekdays`` are those on which the person goes there, ``pharmacy_until`` the last day
    (None: as long as the medicine is ordered).
    """

    kind: Kind
    reason: str
    #: None: today.
    valid_from: date | None = None
    supervised_weekdays: frozenset[int] = WEEK
    pickup_weekdays: frozenset[int] = frozenset()
    take_home_days: int = 0
    pharmacy_unit_id: int | None = None
    ticked: frozenset[Precondition] = frozenset()
    pharmacy_weekdays: frozenset[int] = WEEK
    pharmacy_until: date | None = None


@dataclass(frozen=True, slots=True)
class Excepting:
    """A longer supply for some days: how many days at once, from and until when, and why.

    ``country`` with ``certificate`` and its day for a journey.
    """

    days: int
    from_on: date
    until_on: date
    reason: str
    country: str | None = None
    certificate: str | None = None
    certificate_on: date | None = None


def as_rules_know(asked: Arranging, book: RuleBook) -> Arrangement:
    """The arrangement as the rules know it. Raises Unprocessable for what does not fit together."""
    home = asked.kind in AT_HOME
    supervised, pickup = asked.supervised_weekdays, asked.pickup_weekdays
    if not supervised <= WEEK or not pickup <= WEEK:
        raise Unprocessable("weekdays are numbers from 1 to 7", field="supervised_weekdays")
    if not home:
        if asked.take_home_days or pickup:
            raise Unprocessable("nothing goes home with this", field="take_home_days")
        return Arrangement(False, WEEK, frozenset(), 0)
    if not 0 < asked.take_home_days <= book.take_home_days:
        raise Unprocessable("so many days are an exception", field="take_home_days")
    if not pickup:
        raise Unprocessable("say on which days doses are fetched", field="pickup_weekdays")
    if not supervised <= pickup:
        raise Unprocessable("who swallows here comes here", field="supervised_weekdays")
    if (asked.kind == "pharmacy") != (asked.pharmacy_unit_id is not None):
        raise Unprocessable("a pharmacy hands out, or none does", field="pharmacy_unit_id")
    if not asked.pharmacy_weekdays or not asked.pharmacy_weekdays <= WEEK:
        raise Unprocessable("weekdays are numbers from 1 to 7", field="pharmacy_weekdays")
    thrice = asked.kind == "thrice_weekly"
    return Arrangement(True, supervised, pickup, asked.take_home_days, thrice)


async def arrange(
    wiring: Wiring, token: str, person_id: int, asked: Arranging, key: str
) -> Outcome:
    """Decide an arrangement; what of the preconditions is missing stands with it.

    Raises Unprocessable (the field says which), Conflict (``measure-in-force``) where a measure
    after diversion keeps all doses here, and what ``decide`` raises.
    """
    reason = words(asked.reason, "reason")
    assert reason is not None, "needed"

    def build(case: Deciding) -> Decided:
        book = _book(case, wiring)
        first = not_before(asked.valid_from or case.desk.on, case.desk.on, "valid_from")
        how, history = as_rules_know(asked, book), history_from(case.found)
        if asked.pharmacy_unit_id is not None and asked.pharmacy_unit_id not in {
            one.unit_id for one in history.pharmacies
        }:
            raise Unprocessable("no such pharmacy", field="pharmacy_unit_id")
        stands = preconditions(case.desk.patient, book, case.desk.on, asked.ticked)
        if asked.kind in AT_HOME and any(
            one.name == "no_diversion" and not one.met for one in stands
        ):
            raise Conflict("a measure keeps all doses here until it ends", slug="measure-in-force")
        needed = stands if asked.kind in AT_HOME else ()
        basis = {
            "kind": asked.kind,
            "reason": reason,
            "checked": [one.name for one in needed if one.met],
            "missing": [one.name for one in needed if not one.met],
        }
        decided = _written(case, history, first, how, asked.pharmacy_unit_id, basis)
        if _box_ticked(asked, stands):
            decided = _with_locked_box(case, decided)
        return _with_supply(case, wiring, decided, asked, first)

    # The supply is read under the locks of the lists that may say otherwise.
    also = (
        f"{HISTORY.rstrip()}, {FRAME}",
        {"person_id": person_id, "pharmacy": asked.pharmacy_unit_id},
    )
    facts = replace(asked, ticked=frozenset(asked.ticked & set(ASKED)))
    return await decide(wiring, token, person_id, key, "arrange", facts, build, also=also)


def _with_supply(
    case: Deciding, wiring: Wiring, decided: Decided, asked: Arranging, first: date
) -> Decided:
    """The decision with the pharmacy's supply order: issued, changed or ended by it.

    Raises Unprocessable for a last day before the first.
    """
    assert case.found is not None, "asked for with the history"
    terms = None
    if asked.pharmacy_unit_id is not None:
        if asked.pharmacy_until is not None and asked.pharmacy_until < first:
            raise Unprocessable("the last day lies after the first", field="pharmacy_until")
        terms = Terms(
            asked.pharmacy_unit_id,
            first,
            asked.pharmacy_until,
            asked.pharmacy_weekdays,
            asked.supervised_weekdays,
            asked.pickup_weekdays,
            asked.take_home_days,
        )
    following = Following(case, frame_from(case.found[1]), wiring)
    further = len(decided.entries)
    return with_supply(decided, following.arranged(terms, first, asked.reason, further))


def _box_ticked(asked: Arranging, stands: Sequence[Stands]) -> bool:
    """Whether the doctor says for the first time that doses are locked away at home."""
    told = asked.kind in AT_HOME and "locked_away" in asked.ticked
    return told and any(one.name == "locked_away" and one.asked for one in stands)


def _with_locked_box(case: Deciding, decided: Decided) -> Decided:
    """The decision, with what the counter is told of the locked box from now on."""
    box = {"locked_box": True}
    statement = (SET_CARE["locked_box"], {"person_id": case.desk.person_id} | box)
    return Decided(
        (*decided.statements, statement), (*decided.entries, care_recorded(case.act(1), box))
    )


async def step_back(wiring: Wiring, token: str, person_id: int, reason: str, key: str) -> Outcome:
    """All doses here from today on. Doses already at home stay told of where they are."""
    return await arrange(wiring, token, person_id, Arranging("supervised", reason), key)


async def make_exception(
    wiring: Wiring, token: str, person_id: int, asked: Excepting, key: str
) -> Outcome:
    """A longer supply on top of the arrangement in force, for some days. See ``arrange``.

    Raises Conflict where no dose goes home at all (``nothing-at-home``), and where another
    arrangement is decided ahead, which the exception would undo (``arrangement-ahead``).
    """
    reason = words(asked.reason, "reason")
    country = words(asked.country, "country", needed=False)
    certificate = words(asked.certificate, "certificate", needed=False)

    def build(case: Deciding) -> Decided:
        not_before(asked.from_on, case.desk.on, "from_on")
        length = (asked.until_on - asked.from_on).days + 1
        if not 0 < length <= LONGEST_EXCEPTION_DAYS:
            raise Unprocessable("the last day lies after the first", field="until_on")
        if not 0 < asked.days <= length:
            raise Unprocessable("so many days lie not in the period", field="days")
        if (certificate is None) != (asked.certificate_on is None) or (certificate and not country):
            raise Unprocessable("a certificate has its day and country", field="certificate")
        history = history_from(case.found)
        now = history.in_force(case.desk.on)
        if now is None or not now.arrangement.self_administration:
            raise Conflict("no dose goes home: decide that first", slug="nothing-at-home")
        if any(one.version > now.version for one in history.decided):
            raise Conflict("another arrangement is decided ahead", slug="arrangement-ahead")
        exception = TakeHomeException(asked.days, asked.from_on, asked.until_on)
        how = replace(now.arrangement, exception=exception)
        basis = {
            "kind": now.kind or "part_take_home",
            "reason": reason,
            "checked": [],
            "missing": list(now.missing),
        }
        journey = None
        if country is not None:
            journey = {
                "country": country,
                "certificate": certificate,
                "certificate_on": asked.certificate_on,
            }
        return _written(case, history, case.desk.on, how, now.pharmacy_unit_id, basis, journey)

    also = (HISTORY, {"person_id": person_id})
    return await decide(wiring, token, person_id, key, "except", asked, build, also=also)


def _book(case: Deciding, wiring: Wiring) -> RuleBook:
    if case.desk.book_id is None:
        raise CannotDecide("no rule book is in force for this unit")
    return wiring.book(case.desk.book_id)


def _written(
    case: Deciding,
    history: History,
    valid_from: date,
    how: Arrangement,
    pharmacy: int | None,
    basis: Mapping[str, Any],
    journey: Mapping[str, Any] | None = None,
) -> Decided:
    version, exception = history.next_version, how.exception
    row = case.signed | {
        "version": version,
        "valid_from": valid_from,
        "self_administration": how.self_administration is True,
        "supervised_weekdays": sorted(how.supervised_weekdays or ()),
        "pickup_weekdays": sorted(how.pickup_weekdays or ()),
        "take_home_days": how.take_home_days or 0,
        "thrice_weekly": how.thrice_weekly is True,
        "pharmacy": pharmacy,
        "exception_days": exception.days if exception else None,
        "exception_from": exception.from_on if exception else None,
        "exception_until": exception.until_on if exception else None,
        "exception_reason": basis["reason"] if exception else None,
    }
    statements: list[Statement] = [(store.ARRANGE, row), (store.BASIS, row | dict(basis))]
    if journey is not None:
        statements.append((store.JOURNEY, row | dict(journey)))
    entry = arrangement_decided(
        case.act(),
        version=version,
        valid_from=valid_from,
        self_administration=row["self_administration"],
        supervised_weekdays=row["supervised_weekdays"],
        pickup_weekdays=row["pickup_weekdays"],
        take_home_days=row["take_home_days"],
        thrice_weekly=row["thrice_weekly"],
        pharmacy_unit_id=pharmacy,
        exception=exception,
        exception_reason=row["exception_reason"],
    )
    told = dict(entry.facts or {}) | {"basis": dict(basis)}
    if journey is not None:
        spelled = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in journey.items()
        }
        told["journey"] = spelled
    return Decided(tuple(statements), (replace(entry, facts=told),))
