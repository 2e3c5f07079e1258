"""A snapshot in the making: the ordinary morning, before anything is the matter."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dosing_rules import Claim, DoseAsked, Patient, Request
from tests.spec.standard import (
    BUPRENORPHINE,
    METHADONE,
    METHADONE_5,
    NOW,
    TODAY,
    UNIT_ID,
    arrangement,
    patient,
    prescription,
    request,
)

Snapshot = tuple[Request, Patient]


@dataclass
class Draft:
    """The keywords of request, patient, order and arrangement, before they become values."""

    chance: random.Random
    request: dict[str, Any]
    patient: dict[str, Any]
    order: dict[str, Any]
    arrangement: dict[str, Any]

    def day(self, nearest: int, farthest: int) -> date:
        return TODAY + timedelta(days=self.chance.randint(nearest, farthest))

    def moment(self, most_minutes_ago: int) -> datetime:
        return NOW - timedelta(minutes=self.chance.randint(1, most_minutes_ago))

    def claim(self, for_on: date, how: str, state: str, amount_ug: int | None = None) -> None:
        """One more claim of the person, at this unit or another."""
        self.patient["claims"] = (
            *(self.patient["claims"] or ()),
            Claim(
                for_on,
                self.chance.choice((1, 1, 1, 2)),
                amount_ug or self.order["daily_ug"],
                how,  # type: ignore[arg-type]
                state,  # type: ignore[arg-type]
                self.chance.choice((UNIT_ID, 2)),
                self.moment(20_000),
            ),
        )

    def finish(self) -> Snapshot:
        """The values. Keys drawn as None stay unknown."""
        order = None if self.patient.get("prescription", 0) is None else prescription(**self.order)
        if "arrangement" not in self.patient:
            self.patient["arrangement"] = arrangement(**self.arrangement)
        return request(**self.request), patient(**(self.patient | {"prescription": order}))


def ordinary(chance: random.Random) -> Draft:
    """A supervised dose, a split day or a week's supply: in order, with a fortnight of claims."""
    product = chance.choice((METHADONE, METHADONE, METHADONE_5, BUPRENORPHINE))
    if product.substance == "methadone":
        daily_ug = chance.randrange(20, 105, 5) * 1000
        if daily_ug > 100_000:
            daily_ug = 100_000
    else:
        daily_ug = chance.choice((8, 16, 24)) * 1000
    split = chance.random() < 0.1
    parts = (daily_ug // 2, daily_ug - daily_ug // 2) if split else (daily_ug,)
    carries = not split and chance.random() < 0.35
    doses = [DoseAsked(TODAY, 1, parts[0], "supervised")]
    if carries:
        doses += [
            DoseAsked(TODAY + timedelta(days=ahead), 1, daily_ug, "take_home")
            for ahead in range(1, chance.randint(2, 7))
        ]
    days_back = 14
    claims = tuple(
        Claim(
            TODAY - timedelta(days=ago), 1, daily_ug, "supervised", "given", UNIT_ID,
            NOW - timedelta(days=ago, minutes=chance.randint(-40, 40)),
        )
        for ago in range(days_back, 0, -1)
    )  # fmt: skip
    return Draft(
        chance,
        {"doses": tuple(doses), "product": product},
        {
            "claims": claims,
            "last_swallowed_ug": parts[-1],
            "last_swallowed_substance": product.substance,
            "last_swallowed_at": claims[-1].at,
            "ecg_on": TODAY - timedelta(days=chance.randint(1, 300)),
            "reviewed_on": TODAY - timedelta(days=chance.randint(1, 150)),
            "qtc_ms": chance.randint(380, 449),
        },
        {"product": product, "daily_ug": daily_ug, "parts_ug": parts},
        {"supervised_weekdays": frozenset({2})},
    )
