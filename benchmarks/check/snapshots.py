"""Random snapshots: ordinary mornings, and mornings on which something is the matter.

Half of the snapshots are as they should be, which is what a counter mostly sees; the others carry
one to six things that rules object to, drawn from a list that reaches every rule. The standard
patient is that of the specification tables.
"""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from benchmarks.check.drafts import Draft, Snapshot, ordinary
from dosing_rules import (
    NO_DEPOT,
    Depot,
    DoseAsked,
    DoseStep,
    Indkald,
    Observed,
    Product,
    Sedatives,
    TakeHomeException,
    Unit,
    Vomit,
)
from tests.spec.standard import (
    BUPRENORPHINE,
    DEPOT,
    HEROIN,
    METHADONE,
    METHADONE_5,
    METHADONE_INJECTION,
    NOW,
    TODAY,
    UNIT_ID,
)

QUIET_SHARE = 0.5
MOST_TROUBLES = 6
OFFICIAL = (METHADONE, METHADONE_5, METHADONE_INJECTION, BUPRENORPHINE, DEPOT, HEROIN)


def snapshots(count: int, seed: int) -> Iterator[Snapshot]:
    """`count` snapshots, the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        draft = ordinary(chance)
        if chance.random() >= QUIET_SHARE:
            for trouble in chance.sample(TROUBLES, chance.randint(1, MOST_TROUBLES)):
                trouble(draft)
        yield draft.finish()


def _other_amount(draft: Draft) -> None:
    doses = draft.request["doses"]
    if not doses:
        return
    number = draft.chance.randrange(len(doses))
    dose: DoseAsked = doses[number]
    factor = draft.chance.choice((10, 5, 2, 1))
    amount_ug = draft.chance.choice(
        (dose.amount_ug * factor, dose.amount_ug // 10, dose.amount_ug - 5_000,
         dose.amount_ug + 5_000, dose.amount_ug + 33, 0, -1_000)
    )  # fmt: skip
    changed = DoseAsked(dose.for_on, dose.part, amount_ug, dose.how)
    draft.request["doses"] = (*doses[:number], changed, *doses[number + 1 :])


def _other_doses(draft: Draft) -> None:
    ug = draft.order["daily_ug"]
    kinds: tuple[tuple[DoseAsked, ...], ...] = (
        (),
        (DoseAsked(TODAY, 1, ug, "supervised"), DoseAsked(TODAY, 1, ug, "supervised")),
        (DoseAsked(TODAY, 2, ug // 2, "supervised"),),
        (DoseAsked(TODAY + timedelta(days=1), 1, ug, "supervised"),),
        (DoseAsked(TODAY - timedelta(days=1), 1, ug, "take_home"),),
        tuple(DoseAsked(TODAY + timedelta(days=n), 1, ug, "take_home") for n in range(1, 12)),
        tuple(DoseAsked(TODAY + timedelta(days=n), 1, ug, "take_home") for n in range(7)),
        tuple(DoseAsked(TODAY, part, ug // 2, "supervised") for part in (1, 2, 3)),
    )
    draft.request["doses"] = draft.chance.choice(kinds)


def _other_order(draft: Draft) -> None:
    product: Product = draft.chance.choice(OFFICIAL)
    most = {"methadone": 200, "buprenorphine": 40, "diacetylmorphine": 1200}[product.substance]
    daily_ug = draft.chance.randint(2, most) * 1000
    draft.order |= {
        "product": product,
        "daily_ug": daily_ug,
        "parts_ug": draft.chance.choice(((daily_ug,), (daily_ug // 2, daily_ug // 2), (5_000,))),
        "high_dose_reason": draft.chance.choice((None, True, False)),
        "depot_interval_days": draft.chance.choice((None, 0, 7, 28)),
        "weekday_ug": draft.chance.choice(
            (None, None, (daily_ug, 0) * 3 + (0,), (40_000,) * 7, (daily_ug,) * 5)
        ),
    }
    if draft.chance.random() < 0.7:
        draft.request["product"] = product
        draft.request["doses"] = tuple(
            DoseAsked(dose.for_on, dose.part, draft.order["parts_ug"][0], dose.how)
            for dose in draft.request["doses"]
        )


def _depot(draft: Draft) -> None:
    interval = draft.chance.choice((None, 7, 28))
    daily_ug = draft.chance.choice((16_000, 32_000, 64_000, 128_000, 192_000))
    draft.order |= {
        "product": DEPOT, "daily_ug": daily_ug, "parts_ug": (daily_ug,),
        "depot_interval_days": interval,
    }  # fmt: skip
    draft.request |= {
        "product": DEPOT,
        "doses": (DoseAsked(TODAY, 1, daily_ug, "supervised"),),
    }
    given = draft.day(-45, -1)
    draft.patient["last_covered_on"] = given
    draft.patient["last_depot"] = draft.chance.choice(
        (Depot(given, interval), Depot(given, 7), Depot(given, 28), NO_DEPOT, None)
    )
    draft.patient["claims"] = ()


def _thrice_weekly(draft: Draft) -> None:
    day_ug = draft.chance.choice((16_000, 24_000, 28_000, 40_000))
    pattern = (day_ug, 0, day_ug, 0, day_ug, 0, 0)
    draft.order |= {
        "product": BUPRENORPHINE, "daily_ug": day_ug, "parts_ug": (day_ug,),
        "weekday_ug": draft.chance.choice((pattern, None)),
    }  # fmt: skip
    draft.arrangement["thrice_weekly"] = draft.chance.choice((True, None))
    draft.request["product"] = BUPRENORPHINE


def _heroin(draft: Draft) -> None:
    daily_ug = draft.chance.randint(50, 1300) * 1000
    draft.order |= {"product": HEROIN, "daily_ug": daily_ug, "parts_ug": (daily_ug,)}
    draft.request |= {
        "product": HEROIN,
        "doses": (DoseAsked(TODAY, draft.chance.choice((1, 2, 3)), daily_ug, "supervised"),),
    }
    for _ in range(draft.chance.randint(0, 3)):
        draft.claim(TODAY, "supervised", "given")


def _unknown(name: str) -> Callable[[Draft], None]:
    def forget(draft: Draft) -> None:
        draft.patient[name] = None

    return forget


def _drawn(name: str, draw: Callable[[Draft], Any]) -> Callable[[Draft], None]:
    def put(draft: Draft) -> None:
        draft.patient[name] = draw(draft)

    return put


def _asked(name: str, draw: Callable[[Draft], Any]) -> Callable[[Draft], None]:
    def put(draft: Draft) -> None:
        draft.request[name] = draw(draft)

    return put


def _ordered(name: str, draw: Callable[[Draft], Any]) -> Callable[[Draft], None]:
    def put(draft: Draft) -> None:
        draft.order[name] = draw(draft)

    return put


def _arranged(name: str, draw: Callable[[Draft], Any]) -> Callable[[Draft], None]:
    def put(draft: Draft) -> None:
        draft.arrangement[name] = draw(draft)

    return put


def _nothing_before(draft: Draft) -> None:
    """New to treatment, or returned with a history nobody knows."""
    draft.patient |= {
        "claims": (), "last_swallowed_at": None, "last_swallowed_ug": None,
        "last_swallowed_substance": None, "last_covered_on": None, "last_swallowed_on": None,
        "first_dose_on": draft.chance.choice((None, None, TODAY)),
        "new_to_treatment": draft.chance.choice((True, True, False, None)),
        "planned_pickup_on": None,
    }  # fmt: skip


def _away(draft: Draft) -> None:
    days = draft.chance.randint(1, 12)
    last = TODAY - timedelta(days=days)
    draft.patient |= {
        "last_covered_on": last,
        "last_swallowed_on": last,
        "last_swallowed_at": NOW - timedelta(days=days),
        "claims": tuple(c for c in draft.patient["claims"] or () if c.for_on <= last),
    }


def _weekdays(draft: Draft) -> frozenset[int] | None:
    days = frozenset(draft.chance.sample(range(1, 8), draft.chance.randint(0, 7)))
    return draft.chance.choice((days, days, None))


def _steps(draft: Draft) -> tuple[DoseStep, ...]:
    days = sorted(draft.day(-20, 3) for _ in range(draft.chance.randint(1, 3)))
    rise = draft.chance.choice((5_000, 10_000, 15_000, -10_000))
    now = draft.order["daily_ug"]
    return tuple(DoseStep(day, max(now - rise, 0), now) for day in days)


def _indkald(draft: Draft) -> Indkald:
    first = draft.chance.randint(-3, 3)
    days = tuple(TODAY + timedelta(days=first + n) for n in range(4))
    return Indkald(days, days[: draft.chance.randint(0, 3)])


def _unit(draft: Draft) -> Unit:
    closed = frozenset(draft.day(-3, 6) for _ in range(draft.chance.randint(0, 4)))
    licences = frozenset(
        draft.chance.sample(("methadone_injection", "diacetylmorphine"), draft.chance.randint(0, 2))
    )
    return Unit(draft.chance.choice((UNIT_ID, UNIT_ID, UNIT_ID, 2)), licences, closed)


def _observed(draft: Draft) -> Observed:
    choose = draft.chance.choice
    return Observed(
        choose((True, False, None)),
        choose((True, False, False, None)),
        choose((None, 0, 1, 2, 3, 4, -1)),
        choose((None, 8, 10, 11, 14)),
        choose((None, 0, 499, 500, 1000, 2500, -1)),
    )


def _vomits(draft: Draft) -> tuple[Vomit, ...]:
    return tuple(
        Vomit(draft.moment(1500), draft.chance.randint(0, 60), draft.chance.random() < 0.5)
        for _ in range(draft.chance.randint(1, 2))
    )


def _exception(draft: Draft) -> TakeHomeException:
    return TakeHomeException(draft.chance.randint(3, 14), draft.day(-5, 1), draft.day(2, 20))


def _taken_today(draft: Draft) -> None:
    state = draft.chance.choice(("given", "reserved", "uncertain"))
    draft.claim(TODAY, "supervised", state)


def _held_at_home(draft: Draft) -> None:
    for ahead in range(draft.chance.randint(1, 4)):
        draft.claim(TODAY + timedelta(days=ahead), "take_home", "given")
    draft.patient["planned_pickup_on"] = draft.day(1, 5)


def _sedatives(draft: Draft) -> Sedatives:
    high = draft.chance.choice((0, 10_000, 30_000, 30_001, 60_000))
    plan = draft.chance.choice(("none", "above_guidance", "informed", "agreed", "tapering"))
    return Sedatives(high // 2, high, plan, draft.chance.choice((None, draft.day(-120, 0))))  # type: ignore[arg-type]


TROUBLES: list[Callable[[Draft], None]] = [
    *(
        _other_amount,
        _other_amount,
        _other_doses,
        _other_doses,
        _other_order,
        _depot,
        _heroin,
        _thrice_weekly,
    ),
    *(_nothing_before, _away, _away, _taken_today, _taken_today, _held_at_home),
    *map(
        _unknown,
        (
            "claims",
            "unit",
            "steps",
            "arrangement",
            "indkald",
            "vomits",
            "prescription",
            "indkald_due_on",
            "last_swallowed_at",
            "last_swallowed_ug",
            "last_swallowed_substance",
            "first_dose_on",
            "ecg_on",
            "qtc_ms",
            "pregnant",
            "reviewed_on",
            "sedatives",
            "diversion_supervised_until_on",
            "planned_pickup_on",
        ),
    ),
    _drawn("unit", _unit),
    _drawn("steps", _steps),
    _drawn("indkald", _indkald),
    _drawn("vomits", _vomits),
    _drawn("sedatives", _sedatives),
    _drawn("indkald_due_on", lambda draft: draft.day(-40, 60)),
    _drawn("first_dose_on", lambda draft: draft.day(-20, 0)),
    _drawn("last_covered_on", lambda draft: draft.day(-5, 1)),
    _drawn("planned_pickup_on", lambda draft: draft.day(-3, 4)),
    _drawn("diversion_supervised_until_on", lambda draft: draft.day(-3, 5)),
    _drawn("last_swallowed_at", lambda draft: draft.moment(3_000)),
    _drawn("last_swallowed_ug", lambda draft: draft.chance.choice((1_000, 8_000, 40_000, 800_000))),
    _drawn("last_swallowed_substance", lambda draft: draft.chance.choice(("methadone", None))),
    _drawn("qtc_ms", lambda draft: draft.chance.choice((0, 449, 450, 470, 500, 520))),
    _drawn("ecg_on", lambda draft: draft.day(-900, 0)),
    _drawn("reviewed_on", lambda draft: draft.day(-900, 0)),
    _drawn("pregnant", lambda draft: draft.chance.choice((True, None))),
    _drawn("extra_ug_allowed_today", lambda draft: draft.chance.choice((5_000, 80_000))),
    _drawn("right_holder_unit_id", lambda draft: draft.chance.choice((None, 2))),
    _asked("observed", _observed),
    _asked("identifiers", lambda draft: frozenset(draft.chance.sample(("photo", "card"), 1))),
    _asked("product", lambda draft: draft.chance.choice((None, *OFFICIAL))),
    _asked("prescription_version", lambda draft: draft.chance.choice((None, 2))),
    _asked("prescription_id", lambda draft: draft.chance.choice((None, 8))),
    _ordered("valid_to", lambda draft: draft.chance.choice((None, draft.day(-3, 8)))),
    _ordered("valid_from", lambda draft: draft.day(-3, 3)),
    _ordered("parts_ug", lambda draft: draft.chance.choice(((5_000,), (10_000, 10_000)))),
    _ordered(
        "product",
        lambda draft: Product("broken", "methadone", "oral_solution", "oral", 0, "ml"),
    ),
    _arranged("self_administration", lambda draft: draft.chance.choice((False, None))),
    _arranged("supervised_weekdays", _weekdays),
    _arranged("pickup_weekdays", _weekdays),
    _arranged("take_home_days", lambda draft: draft.chance.choice((None, 2, 14))),
    _arranged("thrice_weekly", lambda draft: draft.chance.choice((True, None))),
    _arranged("exception", _exception),
]
