"""What a scene writes in the ledger: all of the small clinic that its tables hold."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import psycopg

from audit.ledger.append import APPEND_SQL, append_parameters
from audit.ledger.entry import Entry, seal
from dispensing.acts import Act
from dispensing.counter.entries import doses_taken_over
from dispensing.counter.guest_entries import guest_decided, guest_withdrawn
from dispensing.treatment import entries
from dosing_rules import DoseAsked, Product
from tests.ordinary import PRODUCTS

#: Kinds that only tell what a scene prepared, before anything happened at a counter.
PREPARED = frozenset(
    {
        "prescription-signed",
        "arrangement-decided",
        "care-recorded",
        "doses-taken-over",
        "indkald-planned",
    }
)
ADVANCE = """
UPDATE person SET event_seq = event_seq + 1 WHERE person_id = %s
RETURNING event_seq, unit_id, clock_timestamp(),
    (clock_timestamp() AT TIME ZONE 'Europe/Copenhagen')::date
"""
BY_CODE = {row[0]: Product(row[0], *row[2:]) for row in PRODUCTS}


class SceneLedger:
    """Appends entries over the scene's own connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._written = 0

    def now(self) -> datetime:
        """The database's moment."""
        return self._one("SELECT clock_timestamp()")

    def write(self, unit_id: int, *written: Entry) -> None:
        """Append entries to the unit's clinical chain, each under a key of its own."""
        for entry in written:
            self._written += 1
            key = hashlib.sha256(f"{unit_id}/{self._written}".encode()).digest()
            asked = append_parameters(seal(entry, key), 2 * unit_id - 1)
            self._connection.execute(APPEND_SQL, asked)

    def enrolled(
        self,
        person_id: int,
        unit_id: int,
        told: Mapping[str, Any],
        holder: int,
        enrolled_on: date,
    ) -> None:
        self._of(
            person_id,
            unit_id,
            lambda act: entries.person_enrolled(
                act,
                card_code=f"K-{person_id:04d}",
                names=told["name"],
                born_on=told["born_on"],
                sex=told["sex"],
                right_holder_unit_id=holder,
                enrolled_on=enrolled_on,
            ),
        )

    def prescribed(
        self,
        person_id: int,
        version: int,
        *,
        product: str,
        daily_ug: int,
        parts_ug: Sequence[int],
        valid: tuple[date, date],
        high_dose_reason: str | None,
        depot_interval_days: int | None = None,
        night: bool = False,
    ) -> None:
        self._of(
            person_id,
            None,
            lambda act: entries.prescription_signed(
                act,
                prescription=(person_id * 10 + 5 * night, version),
                product=BY_CODE[product],
                daily_ug=daily_ug,
                parts_ug=parts_ug,
                weekday_ug=None,
                valid_from=valid[0],
                valid_to=valid[1],
                high_dose_reason=high_dose_reason,
                depot_interval_days=depot_interval_days,
                night=night,
            ),
        )

    def arranged(
        self, person_id: int, unit_id: int, told: Mapping[str, Any], valid_from: date
    ) -> None:
        self._of(
            person_id,
            unit_id,
            lambda act: entries.arrangement_decided(
                act,
                version=1,
                valid_from=valid_from,
                self_administration=told["take_home"],
                supervised_weekdays=told["supervised_weekdays"],
                pickup_weekdays=told["pickup_weekdays"],
                take_home_days=told["take_home_days"],
                thrice_weekly=False,
                pharmacy_unit_id=None,
                exception=None,
                exception_reason=None,
            ),
        )

    def cared(self, person_id: int, unit_id: int, care: Mapping[str, object]) -> None:
        self._of(person_id, unit_id, lambda act: entries.care_recorded(act, care))

    def taken_over(
        self,
        person_id: int,
        unit_id: int,
        reservation_id: int,
        day: date,
        amount_ug: int,
        had_at: datetime,
        night: bool = False,
    ) -> None:
        part, how = (90, "take_home") if night else (1, "supervised")
        code = self._one(
            "SELECT product_code FROM reservation WHERE reservation_id = %s", reservation_id
        )
        self._of(
            person_id,
            unit_id,
            lambda act: doses_taken_over(
                act,
                reservation_id=reservation_id,
                product=BY_CODE[code],
                doses=[DoseAsked(day, part, amount_ug, how)],  # type: ignore[arg-type]
                had_at=had_at,
            ),
        )

    def moved(self, person_id: int, holder: int) -> None:
        self._of(person_id, None, lambda act: entries.right_moved(act, right_holder_unit_id=holder))

    def guest(self, person_id: int, holder: int, unit_id: int, day: date) -> None:
        self._of(
            person_id,
            holder,
            lambda act: guest_decided(
                act, days=[day], holder=holder, unit_id=unit_id, reason="lukkedag"
            ),
        )

    def guest_ended(self, person_id: int, holder: int, unit_id: int, days: list[date]) -> None:
        self._of(
            person_id,
            holder,
            lambda act: guest_withdrawn(
                act, days=days, holder=holder, unit_id=unit_id, reason="retten er flyttet"
            ),
        )

    def indkald_planned(self, person_id: int, indkald_id: int, days: Sequence[date]) -> None:
        self._of(
            person_id,
            None,
            lambda act: entries.indkald_planned(
                act,
                indkald_id=indkald_id,
                days=days,
                observation_minutes=60,
                come_at=time(10),
            ),
        )

    def _of(self, person_id: int, unit_id: int | None, build: Callable[[Act], Entry]) -> None:
        seq, lives, at, today = self._connection.execute(ADVANCE, [person_id]).fetchone() or ()
        home = unit_id or lives
        self.write(home, build(Act(person_id, seq, home, 10 * home + 1, today, at)))

    def _one(self, sql: str, *values: Any) -> Any:
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None
