"""Between plain facts, as JSON holds them, and the values the core is asked with."""

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

from dosing_rules import (
    ArrangedAhead,
    Arrangement,
    Claim,
    Depot,
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
    Product,
    Request,
    Sedatives,
    Session,
    TakeHomeException,
    Unit,
    Vomit,
)
from dosing_rules.ordered import Line

Plain = dict[str, Any]


def plain(value: Any) -> Any:
    """A fact as JSON would hold it: days and moments as ISO text, sets as sorted lists."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.init}
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, frozenset):
        return sorted(plain(one) for one in value)
    return value


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _days(texts: list[str]) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def _product(facts: Plain | None) -> Product | None:
    return None if facts is None else Product(**facts)


def _weekdays(numbers: list[int] | None) -> frozenset[int] | None:
    return None if numbers is None else frozenset(numbers)


def request(facts: Plain) -> Request:
    """The request the core is asked with."""
    return Request(
        **facts
        | {
            "at": moment(facts["at"]),
            "on": day(facts["on"]),
            "doses": tuple(
                DoseAsked(date.fromisoformat(d["for_on"]), d["part"], d["amount_ug"], d["how"])
                for d in facts["doses"]
            ),
            "product": _product(facts["product"]),
            "identifiers": frozenset(facts["identifiers"]),
            "observed": Observed(**facts["observed"]),
        }
    )


def prescription(facts: Plain | None) -> Prescription | None:
    if facts is None:
        return None
    pattern = facts["weekday_ug"]
    return Prescription(
        **facts
        | {
            "product": _product(facts["product"]),
            "parts_ug": tuple(facts["parts_ug"]),
            "valid_from": day(facts["valid_from"]),
            "valid_to": day(facts["valid_to"]),
            "weekday_ug": None if pattern is None else tuple(pattern),
        }
    )


def _arrangement(facts: Plain | None) -> Arrangement | None:
    if facts is None:
        return None
    granted = facts["exception"]
    if granted is not None:
        first, last = _days([granted["from_on"], granted["until_on"]])
        granted = TakeHomeException(granted["days"], first, last)
    return Arrangement(
        **facts
        | {
            "supervised_weekdays": _weekdays(facts["supervised_weekdays"]),
            "pickup_weekdays": _weekdays(facts["pickup_weekdays"]),
            "exception": granted,
        }
    )


def _ahead(facts: Plain) -> ArrangedAhead:
    arranged = _arrangement(facts["arrangement"])
    assert arranged is not None
    return ArrangedAhead(_days([facts["from_on"]])[0], arranged)


def _unit(facts: Plain | None) -> Unit | None:
    if facts is None:
        return None
    return Unit(
        facts["unit_id"], frozenset(facts["licences"]), frozenset(_days(facts["closed_on"]))
    )


def _claim(facts: Plain) -> Claim:
    return Claim(
        **facts | {"for_on": date.fromisoformat(facts["for_on"]), "at": moment(facts["at"])}
    )


def _indkald(facts: Plain | None) -> Indkald | None:
    if facts is None:
        return None
    return Indkald(tuple(_days(facts["days"])), tuple(_days(facts["completed"])))


def _sedatives(facts: Plain | None) -> Sedatives | None:
    return None if facts is None else Sedatives(**facts | {"plan_on": day(facts["plan_on"])})


def _depot(facts: Plain | None) -> Depot | None:
    if facts is None:
        return None
    return Depot(date.fromisoformat(facts["on"]), facts["interval_days"])


def _medicine(facts: Plain) -> Medicine:
    return Medicine(facts["atc"], day(facts["started_on"]), day(facts["stopped_on"]))


def _session(facts: Plain | None) -> Session | None:
    if facts is None:
        return None
    return Session(**facts | {"last_attempt_at": moment(facts["last_attempt_at"])})


def _group(facts: Plain | None, kind: Any) -> Any:
    return None if facts is None else kind(**facts)


def _known(facts: Plain, name: str, make: Any) -> Any:
    return None if facts[name] is None else tuple(make(one) for one in facts[name])


def _step(facts: Plain) -> DoseStep:
    return DoseStep(date.fromisoformat(facts["on"]), facts["from_ug"], facts["to_ug"])


def _loss(facts: Plain) -> Loss:
    return Loss(_days([facts["for_on"]])[0], facts["verified"])


def _line(facts: Plain | None) -> Line | None:
    if facts is None:
        return None
    made = {name: day(text) for name, text in facts.items() if name.endswith("_on")}
    made |= {"prescription": prescription(facts["prescription"])}
    return Line(
        **facts
        | made
        | {"steps": _known(facts, "steps", _step), "losses": _known(facts, "losses", _loss)}
    )


def patient(facts: Plain) -> Patient:
    """The patient the core is asked with."""
    made = {name: day(text) for name, text in facts.items() if name.endswith("_on")}
    return Patient(
        **facts
        | made
        | {
            "prescription": prescription(facts["prescription"]),
            "unit": _unit(facts["unit"]),
            "claims": _known(facts, "claims", _claim),
            "last_swallowed_at": moment(facts["last_swallowed_at"]),
            "steps": _known(facts, "steps", _step),
            "arrangement": _arrangement(facts["arrangement"]),
            "arranged_ahead": _known(facts, "arranged_ahead", _ahead),
            "indkald": _indkald(facts["indkald"]),
            "sedatives": _sedatives(facts["sedatives"]),
            "medicines": _known(facts, "medicines", _medicine),
            "home_safety": _group(facts["home_safety"], HomeSafety),
            "health": _group(facts["health"], Health),
            "session": _session(facts["session"]),
            "last_depot": _depot(facts["last_depot"]),
            "beside": _line(facts["beside"]),
            "losses": _known(facts, "losses", _loss),
            "vomits": _known(
                facts,
                "vomits",
                lambda v: Vomit(
                    moment(v["at"]) or datetime.min, v["minutes_after"], v["witnessed"]
                ),
            ),
        }
    )
