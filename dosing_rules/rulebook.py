"""Rule books: the numbers, each with unit, source and standing, and nothing in them is code.

A book is one TOML file. Every number a rule may ask for is a field of ``RuleBook`` (or named by one
of the book's tables); its name ends in its unit. What a book does not say comes from the book it
``falls_back_to`` and is listed in ``defaulted``. Loading fails when a number is missing, unknown,
of another unit or not whole in its base unit, so a rule can never meet a hole. Published files are
never edited: a change is a new file with a new id. ``sha256`` covers the bytes of the file and of
every book it falls back to, and of the tables of substances, so that it names exactly what is in
force.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from dosing_rules.book_numbers import NOBODY_YET, RuleBookError, limit_of, more_permissive
from dosing_rules.book_order import inverted
from dosing_rules.book_signature import Signature, signed_by
from dosing_rules.book_tables import (
    Band,
    Ceiling,
    FirstDepot,
    Rows,
    TakeHome,
    bands,
    ceilings,
    first_depots,
    not_before,
    rows_of,
    supplies,
)
from dosing_rules.substance_tables import SUBSTANCE_BYTES
from dosing_rules.verdict import Limit, Severity

__all__ = [
    "NOBODY_YET",
    "NUMBER_NAMES",
    "RuleBook",
    "RuleBookError",
    "Signature",
    "installed_books",
    "load_book",
    "packaged_book",
    "parse_book",
    "signed_by",
]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every number the rules compare with, in base units, and the full account of each.

    ``missed`` and ``restart`` hold one or more tables per substance; all of them hold, and the
    strictest answer counts. ``own`` is the account of what the file itself says.
    """

    id: str
    title: str
    jurisdiction: str
    valid_from: date
    sha256: str
    falls_back_to: str | None
    limits: Mapping[str, Limit]
    defaulted: frozenset[str]
    weak: frozenset[str]
    rows: Rows
    missed: Mapping[str, tuple[tuple[Band, ...], ...]]
    restart: Mapping[str, tuple[tuple[Ceiling, ...], ...]]
    take_home: tuple[TakeHome, ...]
    first_depot: tuple[FirstDepot, ...]

    identifiers_count: int
    alarm_factor: int
    measurable_step_ul: int
    count_tolerance_ul: int

    interval_daily_minutes: int
    interval_split_minutes: int
    interval_diacetylmorphine_minutes: int

    missed_days_anchor: str
    missed_days_inclusive: bool
    missed_days_count_closed: bool

    titration_days: int
    methadone_first_day_doctor_ug: int
    methadone_first_day_stop_ug: int
    methadone_first_day_inclusive: bool
    buprenorphine_first_day_doctor_ug: int
    buprenorphine_first_day_stop_ug: int
    methadone_step_ug: int
    methadone_week_increase_ug: int
    increase_window_days: int
    buprenorphine_after_agonist_minutes: int
    buprenorphine_after_methadone_ug: int

    take_home_days: int
    other_day_stops: bool

    indkald_days: int
    indkald_observation_minutes: int
    indkald_interval_months: int
    indkald_notice_days: int

    sedation_stop_poss: int
    sedation_emergency_poss: int
    sedation_sign_poss: int
    breathing_stop_breaths_per_minute: int
    breathing_confirm_breaths_per_minute: int
    alcohol_doctor_permille_milli: int
    alcohol_stop_permille_milli: int
    vomit_same_day_minutes: int
    vomit_replace_minutes: int
    vomit_replace_percent: int

    diazepam_load_ug: int
    taper_plan_days: int

    ecg_methadone_ug: int
    ecg_months: int
    qtc_confirm_ms: int
    qtc_doctor_ms: int

    methadone_high_ug: int
    buprenorphine_high_ug: int
    buprenorphine_never_above_ug: int
    thrice_weekly_day_ug: int
    diacetylmorphine_dose_ug: int
    diacetylmorphine_day_ug: int
    diacetylmorphine_sessions_count: int

    depot_weekly_days: int
    depot_weekly_window_days: int
    depot_monthly_window_days: int
    depot_weekly_ug: int
    depot_monthly_ug: int

    pregnancy_step_days: int
    review_confirm_months: int
    review_doctor_months: int
    requires_medicine_list: bool
    requires_home_safety: bool
    requires_health: bool
    requires_session_record: bool
    requires_loss_record: bool
    oxygen_confirm_percent: int
    oxygen_stop_percent: int
    withdrawal_first_buprenorphine_cows: int
    withdrawal_marked_cows: int
    raised_dose_observation_minutes: int
    restart_observation_minutes: int
    sedation_check_minutes: int
    dissolve_minutes: int
    urine_after_missed_days: int
    lost_replacement_minutes: int
    certificate_days: int
    sedating_confirm_count: int
    sedating_doctor_count: int
    medicine_table: str
    qt_medicines_count: int
    interaction_change_days: int
    maoi_days: int
    renal_confirm_ml_per_minute: int
    renal_severe_ml_per_minute: int
    diacetylmorphine_attempts_count: int
    diacetylmorphine_attempt_observation_minutes: int
    depot_monthly_days: int
    depot_weekly_late_days: int
    depot_monthly_late_days: int
    depot_test_ug: int
    depot_test_minutes: int
    depot_first_weekly_ug: int
    methadone_first_day_sedatives_ug: int
    methadone_first_day_low_tolerance_ug: int
    step_interval_days: int
    ecg_rise_percent: int
    reduction_step_percent: int
    reduction_interval_days: int
    methadone_usual_ug: int
    order_months: int
    driving_rise_percent: int
    taper_confirm_percent: int
    taper_doctor_percent: int
    taper_window_days: int
    taper_stalled_days: int
    taper_last_percent: int
    dependence_days: int
    hypnotic_days: int
    anxiolytic_days: int
    benzodiazepine_count: int

    requires_more: bool = field(init=False, repr=False, compare=False, default=True)

    def __post_init__(self) -> None:
        more = self.requires_medicine_list or self.requires_home_safety or self.requires_health
        more = more or self.requires_session_record or self.requires_loss_record
        object.__setattr__(self, "requires_more", more)

    def restart_days(self, substance: str) -> int:
        """After so many days without, the next dose begins the course anew.

        That is where the table first gives an amount; a part of the old dose alone is no new
        beginning. A substance without such a table begins anew where the first stop stands.
        """
        tables = self.restart.get(substance, ())
        anew = [row.days for rows in tables for row in rows if row.ug is not None]
        if not anew:
            known = self.missed.get(substance) or self.missed["diacetylmorphine"]
            anew = [band.days for rows in known for band in rows if not band.titration]
        return min(anew)

    def gap_days(self, substance: str) -> int:
        """After so many days without, a doctor is asked, whatever the stage of the treatment."""
        known = self.missed.get(substance) or self.missed["diacetylmorphine"]
        asked = [
            band.days
            for rows in known
            for band in rows
            if band.severity >= Severity.DOCTOR and not band.titration
        ]
        return min([*asked, self.restart_days(substance)])


_HEADER = ("id", "title", "jurisdiction", "valid_from")
_ACCOUNT = (
    *_HEADER,
    "sha256",
    "falls_back_to",
    "limits",
    "defaulted",
    "requires_more",
    "weak",
    "rows",
    "missed",
    "restart",
    "take_home",
    "first_depot",
)
NUMBER_NAMES = tuple(field.name for field in fields(RuleBook) if field.name not in _ACCOUNT)


def installed_books() -> tuple[str, ...]:
    """The ids of the packaged books, in order."""
    folder = files("dosing_rules") / "rulebooks"
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return tuple(sorted(name.removesuffix(".toml") for name in names))


@lru_cache(maxsize=64)
def load_book(book_id: str, signatures: Path | None = None) -> RuleBook:
    """The packaged book of that id. Raises ``RuleBookError`` when there is none or it is broken.

    Where the folder ``signatures`` holds one for exactly these bytes, every number counts as
    confirmed.
    """
    book = parse_book(packaged_book(book_id))
    if book.id != book_id:
        raise RuleBookError(f"the file of {book_id!r} says it is {book.id!r}")
    if signatures is None or not signatures.is_dir():
        return book
    for path in sorted(signatures.glob(f"{book_id}*.json")):
        signature = signed_by(path.read_bytes(), book.id, book.sha256)
        if signature is not None:
            return confirmed(book, signature)
    return book


def packaged_book(book_id: str) -> bytes:
    """The bytes of a packaged book's file. Raises ``RuleBookError`` when there is none."""
    if not book_id.replace("-", "").isalnum():
        raise RuleBookError(f"not a rule book id: {book_id!r}")
    path = files("dosing_rules") / "rulebooks" / f"{book_id}.toml"
    if not path.is_file():
        raise RuleBookError(f"no rule book {book_id!r}")
    return path.read_bytes()


def confirmed(book: RuleBook, signature: Signature) -> RuleBook:
    """The same book with every number confirmed. Raises ``RuleBookError`` for another's hash."""
    if signature.sha256 != book.sha256:
        raise RuleBookError(f"the signature is not for {book.id!r} as it stands")
    limits = {name: replace(limit, confirmed=True) for name, limit in book.limits.items()}
    return replace(book, limits=limits)


def parse_book(content: bytes, packaged: Callable[[str], bytes] = packaged_book) -> RuleBook:
    """A book from the bytes of its file. Raises ``RuleBookError`` naming what is wrong.

    ``packaged`` answers the bytes of a book that it falls back to.
    """
    return _parsed(content, packaged, ())


def _parsed(content: bytes, packaged: Callable[[str], bytes], falling: tuple[str, ...]) -> RuleBook:
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleBookError(f"not a TOML file: {error}") from error
    header = {name: table.get(name) for name in _HEADER}
    if missing := [name for name, value in header.items() if not value]:
        raise RuleBookError(f"the book lacks {', '.join(missing)}")
    if type(header["valid_from"]) is not date:
        raise RuleBookError("valid_from must be a date")
    base = _base(table.get("falls_back_to"), packaged, (*falling, str(header["id"])))
    said = rows_of(table)
    numbers = _numbers(table.get("numbers", {}))
    weak = frozenset(name for name, entry in numbers.items() if _is_weak(entry))
    rows = said if base is None else said.beside(base.rows, weak)
    limits = _limits(numbers, rows, base)
    _weak_is_stricter(weak, limits, base)
    beneath = SUBSTANCE_BYTES if base is None else base.sha256.encode()
    missed = {one: tuple(bands(t, limits) for t in ts) for one, ts in rows.missed.items()}
    restart = {one: tuple(ceilings(t, limits) for t in ts) for one, ts in rows.restart.items()}
    for substance in set(restart) - set(said.restart):
        restart[substance] = not_before(missed.get(substance, ()), restart[substance])
    if turned := list(inverted(limits, missed, restart)):
        raise RuleBookError("; ".join(dict.fromkeys(turned)))
    return RuleBook(
        **header,  # type: ignore[reportArgumentType]
        sha256=sha256(content + b"\0" + beneath).hexdigest(),
        falls_back_to=base.id if base is not None else None,
        limits=limits,
        defaulted=frozenset(limits) - frozenset(numbers),
        weak=weak,
        rows=rows,
        missed=missed,
        restart=restart,
        take_home=supplies(rows.take_home or (), limits),
        first_depot=first_depots(rows.first_depot or (), limits),
        **{name: limits[name].value for name in NUMBER_NAMES},  # type: ignore[reportArgumentType]
    )


def _base(
    book_id: Any, packaged: Callable[[str], bytes], falling: tuple[str, ...]
) -> RuleBook | None:
    if book_id is None:
        return None
    if not isinstance(book_id, str) or book_id in falling:
        raise RuleBookError(f"{falling[-1]!r} cannot fall back to {book_id!r}")
    return _parsed(packaged(book_id), packaged, falling)


def _numbers(numbers: Any) -> dict[str, Any]:
    if not isinstance(numbers, dict):
        raise RuleBookError("numbers must be a table")
    return numbers  # type: ignore[reportUnknownVariableType]


def _is_weak(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("weak", False) is not False  # type: ignore[reportUnknownMemberType]


def _limits(own: Mapping[str, Any], rows: Rows, base: RuleBook | None) -> dict[str, Limit]:
    """Every number the book needs: its own, or the fallback's, which says that it is one."""
    needed = [*NUMBER_NAMES, *sorted(rows.names() - set(NUMBER_NAMES))]
    behind: Mapping[str, Limit] = base.limits if base is not None else {}
    wrong = {
        "the book lacks": sorted(set(needed) - set(own) - set(behind)),
        "no rule asks for": sorted(set(own) - set(needed)),
    }
    if found := [f"{what} {', '.join(names)}" for what, names in wrong.items() if names]:
        raise RuleBookError("; ".join(found))
    return {
        name: limit_of(name, own[name]) if name in own else _default(behind[name], base)
        for name in needed
    }


def _default(limit: Limit, base: RuleBook | None) -> Limit:
    if base is None or limit.name in base.defaulted:
        return limit
    return replace(limit, source=f"Default, not said by the book ({base.id}): {limit.source}")


def _weak_is_stricter(
    weak: frozenset[str], limits: Mapping[str, Limit], base: RuleBook | None
) -> None:
    """What is weakly remembered may tighten a default; it may not loosen one."""
    for name in sorted(weak & set(base.limits if base is not None else ())):
        assert base is not None
        if more_permissive(name, limits[name].value, base.limits[name].value):
            raise RuleBookError(f"{name} is weakly remembered and more permissive than {base.id}")
