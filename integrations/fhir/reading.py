"""A MedicationDispense as it is sent: what is to be handed out, or what became of it.

Only what is understood is taken: a member whose meaning would be lost refuses the whole resource,
with its place. What HL7 allows to be left out and the counter needs is asked for by name.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from integrations.fhir import ports, systems
from integrations.fhir.exact import Refused, ug_of

KIND = "MedicationDispense"
MOST_DOSES = 100
LONGEST_NOTE = 2_000
LARGEST_ID = 2**53
REFERENCE = re.compile(r"(?:https?://[^\s?#]{1,200}/)?([A-Za-z]{1,40})/([A-Za-z0-9.\-]{1,64})")
#: What a status asks for; without the reference to an earlier dispense the first of each pair.
ENDS: dict[str, ports.End] = {
    "cancelled": "returned",
    "declined": "refused",
    "stopped": "spilled",
    "unknown": "uncertain",
    "entered-in-error": "reversed",
}
BEGINS = ("preparation", "in-progress")
KNOWN = frozenset(
    {
        *("resourceType", "id", "meta", "implicitRules", "language", "text", "contained"),
        *("extension", "identifier", "status", "statusReasonCodeableConcept", "category"),
        *("medicationCodeableConcept", "medicationReference", "subject", "performer", "location"),
        *("authorizingPrescription", "quantity", "whenPrepared", "whenHandedOver", "note"),
        *("dosageInstruction", "type", "daysSupply", "destination", "receiver"),
    }
)
#: Later than this, a hand-out is no longer told as it happens: it is entered from paper.
NOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: ``status`` as HL7 says it, and ``of``, the earlier dispense, if any."""

    status: str
    of: int | None
    wanted: ports.Wanted
    note: str
    identifier: tuple[str, str] | None
    handed_over_at: datetime | None

    @property
    def end(self) -> ports.End | None:
        """How an earlier dispense ended, if that is what is told."""
        return ENDS.get(self.status)


def dispense_sent(body: Any, today: date) -> Sent:
    """Read a MedicationDispense; a dose that names no day is for ``today``. Raises Refused."""
    found = _resource(body)
    status = _word(found, "status")
    if status not in (*BEGINS, "completed", *ENDS):
        raise Refused(422, "code-invalid", "no such status here", f"{KIND}.status")
    extensions = _extensions(found)
    of = _of(extensions)
    ends = status in ENDS
    if ends and of is None:
        raise Refused(
            *(422, "required", f"say which dispense this is the end of: extension {systems.OF}"),
            f"{KIND}.extension",
        )
    person_id = _id(found, "subject", "Patient")
    order = _order(found, needed=not ends and of is None)
    _says_medication(found)
    wanted = ports.Wanted(
        person_id,
        order,
        () if ends or of is not None else _doses(found, today),
        frozenset(_texts(extensions, systems.IDENTIFIED_BY, "valueCode")),
        _flag(extensions, systems.AFFECTED),
        next(iter(_texts(extensions, systems.BOTTLE, "valueString")), None),
        _reasons(extensions),
    )
    return Sent(status, of, wanted, _note(found), _identifier(found), _handed_over(found, status))


def _resource(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refused(400, "structure", "a resource is a JSON object")
    if body.get("resourceType") != KIND:
        raise Refused(422, "invalid", f"send a {KIND} here", "resourceType")
    for name in body:
        if name not in KNOWN and not name.startswith("_"):
            text = "this member is not understood here"
            raise Refused(422, "not-supported", text, f"{KIND}.{_shown(name)}")
    if body.get("modifierExtension") or body.get("implicitRules"):
        raise Refused(422, "not-supported", "no modifier is understood", f"{KIND}.implicitRules")
    return body


def _shown(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name)[:40]


def _word(found: dict[str, Any], name: str) -> str:
    text = found.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= 100:
        raise Refused(422, "required", f"{name} is needed", f"{KIND}.{name}")
    return text


def _list(value: Any, place: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_DOSES:
        raise Refused(422, "structure", "a list of at most 100 is expected", place)
    return value


def _extensions(found: dict[str, Any]) -> list[dict[str, Any]]:
    place = f"{KIND}.extension"
    read = _list(found.get("extension"), place)
    if not all(isinstance(one, dict) and isinstance(one.get("url"), str) for one in read):
        raise Refused(422, "structure", "an extension has an url", place)
    return read


def _texts(extensions: list[dict[str, Any]], url: str, member: str) -> list[str]:
    values = [one.get(member) for one in extensions if one["url"] == url]
    if not all(isinstance(one, str) and 0 < len(one) <= 100 for one in values):
        raise Refused(422, "value", f"{member} is a short text", f"{KIND}.extension('{url}')")
    return [str(one) for one in values]


def _flag(extensions: list[dict[str, Any]], url: str) -> bool | None:
    values = [one.get("valueBoolean") for one in extensions if one["url"] == url]
    if len(values) > 1 or not all(isinstance(one, bool) for one in values):
        raise Refused(422, "value", "valueBoolean, once", f"{KIND}.extension('{url}')")
    return values[0] if values else None


def _reasons(extensions: list[dict[str, Any]]) -> dict[str, str]:
    """Written reasons: ``rule-id: why``."""
    place, found = f"{KIND}.extension('{systems.REASON}')", dict[str, str]()
    for one in (it for it in extensions if it["url"] == systems.REASON):
        text = one.get("valueString")
        rule, colon, why = text.partition(":") if isinstance(text, str) else ("", "", "")
        if not colon or not rule.strip() or len(why) > LONGEST_NOTE:
            raise Refused(422, "value", "a reason is written 'rule-id: why'", place)
        found[rule.strip()[:100]] = why.strip()
    return found


def _of(extensions: list[dict[str, Any]]) -> int | None:
    place = f"{KIND}.extension('{systems.OF}')"
    values = [one.get("valueReference") for one in extensions if one["url"] == systems.OF]
    if len(values) > 1:
        raise Refused(422, "value", "one earlier dispense at a time", place)
    return _number(_referred(values[0], KIND, place), place) if values else None


def _referred(value: Any, kind: str, place: str) -> str:
    text = value.get("reference") if isinstance(value, dict) else None
    match = REFERENCE.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] != kind:
        raise Refused(422, "value", f"a reference to a {kind} of this service is needed", place)
    return match[2]


def _number(text: str, place: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= LARGEST_ID:
        raise Refused(404, "not-found", "no such resource here", place)
    return int(text)


def _id(found: dict[str, Any], name: str, kind: str) -> int:
    place = f"{KIND}.{name}"
    return _number(_referred(found.get(name), kind, place), place)


def _order(found: dict[str, Any], *, needed: bool) -> tuple[int, int] | None:
    place = f"{KIND}.authorizingPrescription"
    given = _list(found.get("authorizingPrescription"), place)
    if len(given) != 1:
        if needed or given:
            raise Refused(422, "required", "exactly one MedicationRequest is needed", place)
        return None
    number, dash, version = _referred(given[0], "MedicationRequest", place).partition("-")
    if not dash:
        raise Refused(422, "value", "the id of an order holds its version", place)
    return _number(number, place), _number(version, place)


def _says_medication(found: dict[str, Any]) -> None:
    if ("medicationCodeableConcept" in found) is ("medicationReference" in found):
        raise Refused(422, "required", "say the medication, in one way", f"{KIND}.medication[x]")


def _doses(found: dict[str, Any], today: date) -> tuple[ports.Dose, ...]:
    place = f"{KIND}.dosageInstruction"
    given = _list(found.get("dosageInstruction"), place)
    if not given:
        raise Refused(422, "required", "say each dose, with the day it is for", place)
    read = tuple(_dose(one, f"{place}[{number}]", today) for number, one in enumerate(given))
    total = found.get("quantity")
    if total is not None and _milligrams(total, f"{KIND}.quantity") != sum(
        one.amount_ug for one in read
    ):
        raise Refused(422, "invariant", "the doses do not add up to it", f"{KIND}.quantity")
    return read


def _dose(one: Any, place: str, today: date) -> ports.Dose:
    if not isinstance(one, dict):
        raise Refused(422, "structure", "a dose is an object", place)
    rates = _list(one.get("doseAndRate"), f"{place}.doseAndRate")
    if len(rates) != 1 or not isinstance(rates[0], dict):
        raise Refused(422, "required", "exactly one amount for each dose", f"{place}.doseAndRate")
    amount = _milligrams(rates[0].get("doseQuantity"), f"{place}.doseAndRate[0].doseQuantity")
    return ports.Dose(
        _day(one.get("timing"), f"{place}.timing", today),
        _part(rates[0].get("type"), f"{place}.doseAndRate[0].type"),
        amount,
        _how(one.get("additionalInstruction"), f"{place}.additionalInstruction"),
    )


def _milligrams(value: Any, place: str) -> int:
    """Micrograms of a quantity in mg; tablets and millilitres do not say how much."""
    if not isinstance(value, dict):
        raise Refused(422, "required", "an amount in mg is needed", place)
    unit = value.get("code", value.get("unit"))
    if unit != "mg" or value.get("system", systems.UCUM) != systems.UCUM:
        raise Refused(422, "value", "an amount is in mg: pieces and ml say no dose", place)
    if value.get("comparator"):
        raise Refused(422, "value", "an amount is exact", place)
    return ug_of(value.get("value"), f"{place}.value")


def _day(timing: Any, place: str, today: date) -> date:
    if timing is None:
        return today
    events = _list(timing.get("event") if isinstance(timing, dict) else (), f"{place}.event")
    if len(events) != 1 or not isinstance(events[0], str) or len(events[0]) != 10:
        raise Refused(422, "value", "the one day a dose is for, YYYY-MM-DD", f"{place}.event")
    try:
        return date.fromisoformat(events[0])
    except ValueError:
        raise Refused(422, "value", "no such day", f"{place}.event") from None


def _codes(value: Any, system: str, place: str) -> list[str]:
    if value is None:
        return []
    codings = _list(value.get("coding") if isinstance(value, dict) else (), f"{place}.coding")
    return [
        str(one.get("code"))
        for one in codings
        if isinstance(one, dict) and one.get("system") == system
    ]


def _part(value: Any, place: str) -> int:
    codes = _codes(value, f"{systems.HOW}-part", place)
    if not codes:
        return 1
    if len(codes) > 1 or not codes[0].isascii() or not codes[0].isdigit() or len(codes[0]) > 2:
        raise Refused(422, "value", "a part is a number from 1", place)
    return int(codes[0])


def _how(value: Any, place: str) -> ports.How:
    codes = [code for one in _list(value, place) for code in _codes(one, systems.HOW, place)]
    if codes == ["take_home"]:
        return "take_home"
    if codes in ([], ["supervised"]):
        return "supervised"
    raise Refused(422, "value", "a dose is supervised or take_home", place)


def _note(found: dict[str, Any]) -> str:
    reason = found.get("statusReasonCodeableConcept")
    texts = [reason.get("text")] if isinstance(reason, dict) else []
    notes = _list(found.get("note"), f"{KIND}.note")
    texts += [one.get("text") for one in notes if isinstance(one, dict)]
    said = " ".join(text.strip() for text in texts if isinstance(text, str))
    if len(said) > LONGEST_NOTE or "\0" in said:
        raise Refused(422, "value", "a note is at most 2000 signs", f"{KIND}.note")
    return said


def _identifier(found: dict[str, Any]) -> tuple[str, str] | None:
    place = f"{KIND}.identifier"
    for one in _list(found.get("identifier"), place):
        value = one.get("value") if isinstance(one, dict) else None
        system = one.get("system", "") if isinstance(one, dict) else ""
        if not isinstance(value, str) or not isinstance(system, str) or len(value + system) > 400:
            raise Refused(422, "value", "an identifier has a system and a value", place)
        return system, value
    return None


def _handed_over(found: dict[str, Any], status: str) -> datetime | None:
    place, text = f"{KIND}.whenHandedOver", found.get("whenHandedOver")
    if text is None:
        if status == "completed":
            raise Refused(422, "required", "say when it was handed over", place)
        return None
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(422, "value", "a moment with its offset", place)
    return at


def must_be_now(sent: Sent, now: datetime) -> None:
    """A hand-out is told as it happens. Raises Refused for one of another hour."""
    at = sent.handed_over_at
    if at is not None and abs(now - at) > NOW:
        text = "told later than 15 minutes: enter it from paper, where conflicts are looked at"
        raise Refused(422, "business-rule", text, f"{KIND}.whenHandedOver")
