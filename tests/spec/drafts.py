"""The drafts a prescriber writes in the prescribing tables: a base, and what each column sets.

Columns of the person are those of ``columns.py``. ``to...`` columns set the new order, ``bzd_...``
the sedative that is written, the others a fact of ``Change`` or of the prescriber by its name.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from dosing_rules import Change, Patient, Prescriber, Prescription, SedativeChange
from tests.spec import columns
from tests.spec.columns import UNKNOWN, Scene, day, plain, scene, ug, yes_no
from tests.spec.moments import dose_days
from tests.spec.standard import NOW, PRODUCTS, TODAY
from tests.spec.table import Case

TOMORROW = TODAY + timedelta(days=1)
HALF_YEAR_ON = TODAY.replace(year=2027, month=5)
PRESCRIBER = Prescriber(True, True, frozenset({"diacetylmorphine", "methadone_injection"}))
TAPER = SedativeChange(
    from_ug=20_000,
    to_ug=18_000,
    taken_days=400,
    last_step_on=TODAY - timedelta(days=14),
    purpose="other",
    planned_days=14,
    others=0,
    plan="tapering",
    steps=(),
    original_ug=20_000,
    plan_on=TODAY - timedelta(days=30),
)


@dataclass
class Draft:
    """The facts of one row while its cells are applied."""

    person: Scene
    new: dict[str, Any] | None
    prescriber: dict[str, Any] | None
    sedative: dict[str, Any] | None
    change: dict[str, Any]

    def built(self) -> tuple[Change, Patient]:
        """The draft and the person of the row."""
        _, patient = self.person.built()
        made = {
            "new": Prescription(**self.new) if self.new is not None else None,
            "prescriber": Prescriber(**self.prescriber) if self.prescriber is not None else None,
            "sedative": SedativeChange(**self.sedative) if self.sedative is not None else None,
        }
        return Change(**self.change | made), patient


def _draft(base: str, *, amount: str = "", product: str = "", **change: Any) -> Draft:
    """The person of a base whose order is renewed from today as it stands, or as named."""
    person = scene(base)
    person.patient["medicines"] = ()
    assert person.prescription is not None
    new = dict(person.prescription) | {"valid_from": TODAY, "valid_to": HALF_YEAR_ON}
    if amount:
        new |= {"daily_ug": ug(amount), "parts_ug": (ug(amount),)}
    if product:
        new["product"] = PRODUCTS[product]
    facts: dict[str, Any] = {"at": NOW, "on": TODAY, "replaces": True, "agreed_with_patient": True}
    facts |= {"on_medication_card": True, "stops_lifted": (), "orders_dropped": ()}
    return Draft(person, new, columns.values(PRESCRIBER), None, facts | change)


def _renewal() -> Draft:
    """80 mg methadone, renewed as it is."""
    return _draft("standard", driving_told=True, reason_not_buprenorphine=True)


def _start() -> Draft:
    """A new person: 10 mg methadone to begin with, tolerance known, reason and ECG on file."""
    draft = _draft(
        "new",
        amount="10",
        driving_told=True,
        low_tolerance=False,
        reason_not_buprenorphine=True,
    )
    draft.person.prescription = None
    return draft


def _buprenorphine() -> Draft:
    """16 mg buprenorphine under the tongue, renewed as it is."""
    return _draft("buprenorphine", driving_told=True)


def _to_buprenorphine() -> Draft:
    """From 30 mg methadone yesterday to 8 mg buprenorphine today, found by assessment."""
    draft = _draft("standard", amount="8", product="buprenorphine 8 mg", driving_told=True)
    draft.change |= {"dose_found_by": "clinical", "withdrawal_cows": 10}
    assert draft.person.prescription is not None
    draft.person.prescription |= {"daily_ug": 30_000, "parts_ug": (30_000,)}
    draft.person.patient["last_swallowed_ug"] = 30_000
    return draft


def _to_methadone() -> Draft:
    """From 16 mg buprenorphine yesterday to 20 mg methadone today."""
    draft = _draft("buprenorphine", amount="20", product="methadone 1 mg/ml", driving_told=True)
    draft.change |= {
        "dose_found_by": "clinical",
        "low_tolerance": False,
        "reason_not_buprenorphine": True,
    }
    return draft


def _first_depot() -> Draft:
    """From 16 mg under the tongue to a weekly depot of 24 mg."""
    draft = _draft("buprenorphine", amount="24", product="depot 16 mg", driving_told=True)
    assert draft.new is not None
    draft.new["depot_interval_days"] = 7
    return draft


def _new_depot() -> Draft:
    """A new person: 4 mg under the tongue an hour ago, now the first weekly depot of 16 mg."""
    draft = _draft("new", amount="16", product="depot 16 mg", driving_told=True)
    draft.person.prescription = None
    assert draft.new is not None
    draft.new["depot_interval_days"] = 7
    tested = {"depot_test_at": NOW - timedelta(minutes=60), "depot_test_ug": 4_000}
    draft.change |= tested | {"withdrawal_cows": 10}
    return draft


def _depot() -> Draft:
    """A weekly depot of 16 mg, renewed as it is."""
    return _draft("depot", driving_told=True)


def _heroin() -> Draft:
    """Two sessions of 200 mg, renewed, with methadone for the night."""
    return _draft("heroin", driving_told=True, night_dose=True)


def _night() -> Draft:
    """60 mg methadone for the night beside two sessions, renewed as it is."""
    return _draft("night", driving_told=True, reason_not_buprenorphine=True)


def _injections() -> Draft:
    """Two sessions of 200 mg, renewed, beside an order for the night that goes on."""
    return _draft("injections", driving_told=True)


def _injection() -> Draft:
    """80 mg methadone by vein, renewed as it is."""
    return _draft("injection", driving_told=True, reason_not_buprenorphine=True)


def _benzodiazepine() -> Draft:
    """A taper of diazepam from 20 to 18 mg; the opioid is not touched."""
    draft = _draft("standard", driving_told=True)
    draft.new, draft.sedative = None, columns.values(TAPER)
    return draft


DRAFTS: dict[str, Callable[[], Draft]] = {
    "renewal": _renewal,
    "start": _start,
    "buprenorphine": _buprenorphine,
    "to buprenorphine": _to_buprenorphine,
    "to methadone": _to_methadone,
    "first depot": _first_depot,
    "new to depot": _new_depot,
    "depot": _depot,
    "heroin": _heroin,
    "injections": _injections,
    "night": _night,
    "injection": _injection,
    "benzodiazepine": _benzodiazepine,
}


def _set_new(draft: Draft, column: str, text: str) -> None:
    assert draft.new is not None
    if column == "to":
        parts = tuple(ug(part) for part in text.split("+"))
        draft.new |= {"daily_ug": sum(parts), "parts_ug": parts}
    elif column == "to_parts":
        draft.new["parts_ug"] = tuple(ug(part) for part in text.split("+"))
    elif column == "to_weekdays":
        draft.new["weekday_ug"] = tuple(ug(one) for one in text.split("/"))
    elif column == "to_product":
        draft.new["product"] = PRODUCTS[text]
    elif column == "to_from":
        draft.new["valid_from"] = day(text)
    elif column == "to_until":
        draft.new["valid_to"] = None if text == UNKNOWN else day(text)
    else:
        names = {"to_reason": "high_dose_reason", "to_interval": "depot_interval_days"}
        name = (names | {"to_night": "night"})[column]
        draft.new[name] = plain(column, text)


def _set_sedative(draft: Draft, column: str, text: str) -> None:
    assert draft.sedative is not None
    name = column.removeprefix("bzd_")
    if name == "steps":
        draft.sedative[name] = columns.told_steps(text)
    elif name in ("from", "to", "original"):
        draft.sedative[f"{name}_ug"] = None if text == UNKNOWN else ug(text)
    else:
        draft.sedative[name] = plain(name, text)


def apply(draft: Draft, column: str, text: str) -> None:
    """Set the fact a column names. Raises ``KeyError`` for a column nobody knows."""
    changes = {field.name for field in fields(Change)}
    prescribers = {field.name for field in fields(Prescriber)}
    if column == "to" or column.startswith("to_"):
        _set_new(draft, column, text)
    elif column.startswith("bzd_"):
        _set_sedative(draft, column, text)
    elif column == "bzd":
        draft.sedative = columns.values(replace(TAPER, plan=text))  # type: ignore[arg-type]
    elif column == "prescriber":
        draft.prescriber = None
    elif column == "approved_for":
        assert draft.prescriber is not None
        draft.prescriber[column] = frozenset(text.split("+")) - {"none"}
    elif column in prescribers:
        assert draft.prescriber is not None
        draft.prescriber[column] = yes_no(text)
    elif column == "test_ago":
        hours, _, minutes = text.partition(":")
        ago = timedelta(hours=int(hours), minutes=int(minutes)) if minutes else None
        draft.change["depot_test_at"] = NOW - ago if ago is not None else None
    elif column == "test_mg":
        draft.change["depot_test_ug"] = None if text == UNKNOWN else ug(text)
    elif column in ("stops_lifted", "orders_dropped"):
        draft.change[column] = None if text == UNKNOWN else tuple(dose_days(text))
    elif column in changes:
        draft.change[column] = plain(column, text)
    elif column == "order_until":
        assert draft.person.prescription is not None
        draft.person.prescription["valid_to"] = None if text == UNKNOWN else day(text)
    else:
        columns.apply(draft.person, column, text)


def drafted(case: Case) -> Draft:
    """The draft of a row. A removed prescription comes last: other columns may speak of it."""
    draft = DRAFTS[case.base]()
    for column, text in sorted(case.cells, key=lambda cell: cell[1] == "none"):
        apply(draft, column, text)
    return draft
