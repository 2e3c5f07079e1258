"""A small clinic for tests: one or two units, staff, people, bottles; everything in order.

``Scene(owner_url)`` writes as the owner. A person made by ``person()`` is the ordinary patient:
80 mg methadone swallowed every day, covered until yesterday, everything recorded; keywords change
one thing at a time. Days are relative to the database's today, since its clock is the only one.
"""

import json
from datetime import date, time, timedelta
from functools import cache
from typing import Any

import psycopg

from audit.ledger.append import OPEN_CHAIN_SQL
from dispensing.treatment import entries
from dosing_rules import load_book
from tests.ordinary import CARE, ORDINARY, PRESCRIBED, PRODUCTS, STAFF
from tests.scene_ledger import PREPARED, SceneLedger
from tests.scene_staff import SceneStaff

PASSWORD = "prøve-kode-2026"
BOOK = "dk-crk-2026"


@cache
def password_hash() -> str:
    """argon2id of PASSWORD at the least cost there is: a hash says itself what checking it costs.

    Of the service's own a sign-in takes a fifth of a second, and the tests sign in all the time.
    """
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    cheap = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHash((cheap,)).hash(PASSWORD)


class Scene(SceneStaff):
    """Writes a clinic into a migrated, empty database."""

    def __init__(self, owner_url: str) -> None:
        self.connection = psycopg.connect(owner_url, autocommit=True)
        # What a test prepares need not outlast a power cut; what the service does is in earnest.
        self.connection.execute("SET synchronous_commit = off")
        self.today: date = self.one("SELECT (now() AT TIME ZONE 'Europe/Copenhagen')::date")
        self._people = 0
        self.ledger = SceneLedger(self.connection)
        for row in PRODUCTS:
            self.run("INSERT INTO product VALUES (%s, %s, %s, %s, %s, %s, %s)", *row)
        self.unit(1, "Prøveenheden")

    def close(self) -> None:
        self.connection.close()

    def run(self, sql: str, *values: Any) -> Any:
        return self.connection.execute(sql, values)

    def one(self, sql: str, *values: Any) -> Any:
        row = self.run(sql, *values).fetchone()
        return row[0] if row else None

    def unit(self, unit_id: int, name: str, kind: str = "clinic") -> None:
        """A unit with two chains, a rule book, a counter of the same number, staff and bottles."""
        for purpose, chain in (("clinical", 2 * unit_id - 1), ("views", 2 * unit_id)):
            opened = {"chain_id": str(chain), "institution": name, "purpose": purpose}
            self.connection.execute(OPEN_CHAIN_SQL, opened)
        self.run(
            "INSERT INTO unit (unit_id, code, name, kind, clinical_chain, views_chain)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            unit_id,
            f"u{unit_id}",
            name,
            kind,
            *(2 * unit_id - 1, 2 * unit_id),
        )
        self.run(
            "INSERT INTO unit_rule_book VALUES (%s, %s, %s, %s)",
            unit_id,
            self.today - timedelta(days=365),
            BOOK,
            load_book(BOOK).sha256,
        )
        self._open(unit_id, name, kind)
        self.run("INSERT INTO counter VALUES (%s, %s, %s)", unit_id, unit_id, f"Skranke {unit_id}")
        self.policy(unit_id)
        for number, (role, given, family) in enumerate(STAFF):
            self.run(
                "INSERT INTO staff (staff_id, unit_id, role, given_name, family_name, username,"
                " password_hash, authorisation_id, specialist)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                10 * unit_id + number,
                unit_id,
                role,
                given,
                family,
                # The unit's second nurse is nurse1b.
                f"{role}{unit_id}b" if number == 4 else f"{role}{unit_id}",
                password_hash(),
                f"AUT{10 * unit_id + number}" if role in ("nurse", "doctor") else None,
                role == "doctor",
            )
        for code in (
            "metadon-1",
            "bupre-8",
            "metadon-inj-10",
        ):
            self.bottle(unit_id, code)

    def _open(self, unit_id: int, name: str, kind: str) -> None:
        """What the ledger says of a unit from its first day."""
        who = (unit_id, 10 * unit_id + 3, self.today, self.ledger.now())
        opened = entries.unit_opened(
            *who,
            code=f"u{unit_id}",
            name=name,
            kind=kind,
            hours=(time(8), time(14)),
            places=None,
            licences=(),
        )
        self.ledger.write(unit_id, opened)

    def bottle(self, unit_id: int, product_code: str, opening_ug: int = 10**9) -> int:
        """An open bottle at the unit's counter; its scan code is ``B-`` and its number."""
        bottle_id = self.one("SELECT nextval('bottle_id_seq')")
        batch_id = self.one(
            "INSERT INTO batch (product_code, lot, expires_on) VALUES (%s, %s, %s)"
            " RETURNING batch_id",
            product_code,
            f"L{bottle_id}",
            self.today + timedelta(days=300),
        )
        self.run(
            "INSERT INTO bottle VALUES (%s, %s, %s, %s, %s, %s, %s, %s, now(), NULL)",
            bottle_id,
            unit_id,
            unit_id,
            batch_id,
            product_code,
            f"B-{1000 + bottle_id}",
            opening_ug,
            opening_ug,
        )
        self.run(
            "INSERT INTO stock_movement (bottle_id, kind, delta_ug, moved_by, moved_at)"
            " VALUES (%s, 'opened', %s, %s, now())",
            bottle_id,
            opening_ug,
            10 * unit_id,
        )
        return int(bottle_id)

    def person(self, unit_id: int = 1, **changes: Any) -> int:
        """The ordinary patient with ``changes``; answers the person's id (from 101 on)."""
        self._people += 1
        person_id = 100 + self._people
        told = ORDINARY | changes
        given, family = told["name"]
        holder = told["right_holder"] or unit_id
        enrolled_on = self.today - timedelta(days=900)
        self.run(
            "INSERT INTO person (person_id, card_code, given_name, family_name, born_on, sex,"
            " unit_id, right_holder_unit_id, enrolled_on) VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s)",
            person_id,
            f"K-{person_id:04d}",
            given,
            family,
            told["born_on"],
            told["sex"],
            unit_id,
            holder,
            enrolled_on,
        )
        self.ledger.enrolled(person_id, unit_id, told, holder, enrolled_on)
        self.prescribe(person_id, **{k: told[k] for k in PRESCRIBED})
        self.run(
            "INSERT INTO arrangement (person_id, version, valid_from, self_administration,"
            " supervised_weekdays, pickup_weekdays, take_home_days, decided_by, decided_at)"
            " VALUES (%s, 1, %s, %s, %s, %s, %s, %s, now())",
            person_id,
            self.today - timedelta(days=800),
            told["take_home"],
            told["supervised_weekdays"],
            told["pickup_weekdays"],
            told["take_home_days"],
            10 * unit_id + 1,
        )
        self.ledger.arranged(person_id, unit_id, told, self.today - timedelta(days=800))
        care = {name: told[name] for name in CARE}
        for name, days in (
            ("first_dose_on", -800),
            ("reviewed_on", -30),
            ("indkald_due_on", 200),
            ("ecg_on", -30),
            ("naloxone_on", -30),
        ):
            if care[name] == "usual":
                care[name] = self.today + timedelta(days=days)
        columns = ", ".join(["person_id", *CARE])
        marks = ", ".join(["%s"] * (len(CARE) + 1))
        self.run(f"INSERT INTO care ({columns}) VALUES ({marks})", person_id, *care.values())
        self.ledger.cared(person_id, unit_id, care)
        if told["last_covered_days_ago"] is not None:
            self.covered(person_id, unit_id, told["last_covered_days_ago"], told["daily_ug"])
        return person_id

    def prescribe(
        self,
        person_id: int,
        *,
        product: str,
        daily_ug: int,
        parts_ug: list[int] | None,
        valid_to_days: int,
        high_dose_reason: str | None,
        from_days_ago: int = 100,
        depot_interval_days: int | None = None,
        night: bool = False,
    ) -> int:
        """A further version of the person's prescription; ``night``: that beside injections."""
        version = 1 + (
            self.one("SELECT max(version) FROM prescription WHERE person_id = %s", person_id) or 0
        )
        self.run(
            "INSERT INTO prescription (prescription_id, version, person_id, product_code,"
            " daily_ug, parts_ug, valid_from, valid_to, high_dose_reason, depot_interval_days,"
            " night, signed_by, signed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " (SELECT unit_id * 10 + 1 FROM person WHERE person_id = %s), now())",
            person_id * 10 + 5 * night,
            version,
            person_id,
            product,
            daily_ug,
            parts_ug or [daily_ug],
            self.today - timedelta(days=from_days_ago),
            self.today + timedelta(days=valid_to_days),
            high_dose_reason,
            depot_interval_days,
            night,
            person_id,
        )
        self.ledger.prescribed(
            person_id,
            version,
            product=product,
            daily_ug=daily_ug,
            parts_ug=parts_ug or [daily_ug],
            valid=(
                self.today - timedelta(days=from_days_ago),
                self.today + timedelta(days=valid_to_days),
            ),
            high_dose_reason=high_dose_reason,
            depot_interval_days=depot_interval_days,
            night=night,
        )
        return version

    def covered(self, person_id: int, unit_id: int, days_ago: int, amount_ug: int) -> None:
        """A dose swallowed so many days ago, with its records.

        Just after midnight, so that a day has passed since at whatever hour the tests run.
        """
        day = self.today - timedelta(days=days_ago)
        reservation_id = self.one("SELECT nextval('reservation_id_seq')")
        at = self.one("SELECT (%s::date + time '00:05') AT TIME ZONE 'Europe/Copenhagen'", day)
        staff_id = 10 * unit_id
        self.run(
            "INSERT INTO reservation (reservation_id, person_id, unit_id, day, prescription_id,"
            " prescription_version, product_code, doses, verdict, lifts, book_id, reserved_by,"
            " reserved_at) SELECT %s, %s, %s, %s, prescription_id, version, product_code, %s,"
            " '{}', '[]', %s, %s, %s FROM prescription WHERE person_id = %s LIMIT 1",
            reservation_id,
            person_id,
            unit_id,
            day,
            json.dumps([[day.isoformat(), 1, amount_ug, "supervised"]]),
            BOOK,
            staff_id,
            at,
            person_id,
        )
        self.run(
            "INSERT INTO resolution VALUES (%s, 'given', NULL, %s, %s)",
            reservation_id,
            staff_id,
            at,
        )
        self.run(
            "INSERT INTO handover VALUES (%s, %s, 1, %s, %s, 'supervised', %s, %s, %s)",
            reservation_id,
            day,
            person_id,
            unit_id,
            amount_ug,
            staff_id,
            at,
        )
        self.run(
            "INSERT INTO administration VALUES (%s, 1, %s, %s, %s, %s, %s, %s)",
            reservation_id,
            person_id,
            unit_id,
            day,
            amount_ug,
            staff_id,
            at,
        )
        self.run(
            "INSERT INTO claim (person_id, for_day, part, reservation_id, unit_id, amount_ug, how,"
            " state, claimed_at, swallowed_at)"
            " VALUES (%s, %s, 1, %s, %s, %s, 'supervised', 'given', %s, %s)",
            person_id,
            day,
            reservation_id,
            unit_id,
            amount_ug,
            at,
            at,
        )
        self.ledger.taken_over(person_id, unit_id, reservation_id, day, amount_ug, at)

    def indkald(self, person_id: int, first_days: int = 0, days: int = 4) -> int:
        """A planned indkald that begins so many days from today, at ten; its number."""
        planned = [self.today + timedelta(days=first_days + number) for number in range(days)]
        indkald_id = self.one(
            "INSERT INTO indkald (person_id, days, state, observation_minutes, planned_by,"
            " planned_at, unit_id, come_at) SELECT %s, %s, 'planned', 60, unit_id * 10 + 1, now(),"
            " unit_id, '10:00' FROM person WHERE person_id = %s RETURNING indkald_id",
            *(person_id, planned, person_id),
        )
        self.ledger.indkald_planned(person_id, indkald_id, planned)
        return int(indkald_id)

    def move(self, person_id: int, holder: int) -> None:
        """Another place may hand out to the person from now on."""
        self.run(
            "UPDATE person SET right_holder_unit_id = %s WHERE person_id = %s", holder, person_id
        )
        self.ledger.moved(person_id, holder)
        ended = self.run(
            "SELECT from_unit_id, unit_id, array_agg(day) FROM guest_right WHERE person_id = %s"
            " AND withdrawn_reason = 'retten er flyttet' AND from_unit_id <> %s GROUP BY 1, 2",
            person_id,
            holder,
        ).fetchall()
        for home, unit_id, days in ended:
            self.ledger.guest_ended(person_id, home, unit_id, days)

    def close_unit_on(self, unit_id: int, days: int, name: str) -> None:
        """The unit is closed so many days from today."""
        self.run(
            "INSERT INTO unit_closed_day VALUES (%s, %s, %s)",
            unit_id,
            self.today + timedelta(days=days),
            name,
        )
        who = (unit_id, 10 * unit_id + 3, self.today, self.ledger.now())
        closed = {self.today + timedelta(days=days): name}
        self.ledger.write(unit_id, entries.calendar_set(*who, closed=closed))

    def events(self, person_id: int) -> list[tuple[str, dict[str, Any]]]:
        """Enrolling and what happened at the counter, in the person's order: kind and facts."""
        rows = self.run(
            "SELECT kind, payload FROM ledger_payload WHERE person_id = %s"
            " AND person_seq IS NOT NULL ORDER BY person_seq",
            person_id,
        ).fetchall()
        return [
            (kind, json.loads(payload)["facts"]) for kind, payload in rows if kind not in PREPARED
        ]

    def kinds(self, person_id: int) -> list[str]:
        """What happened to the person after enrolling, as kinds of ledger entries."""
        return [kind for kind, _ in self.events(person_id)[1:]]

    def balance(self, unit_id: int = 1) -> int:
        """What is left in the open bottles of the unit's counter, in micrograms."""
        return int(self.one("SELECT sum(balance_ug) FROM bottle WHERE unit_id = %s", unit_id))

    def used(self, person_id: int, days: int = 0) -> int:
        """How much of a day's limit is taken, in micrograms."""
        found = self.one(
            "SELECT used_ug FROM person_day WHERE person_id = %s AND day = %s",
            person_id,
            self.today + timedelta(days=days),
        )
        return int(found or 0)

    def hours_earlier(self, reservation_id: int, hours: int) -> None:
        """Move what was swallowed in a hand-out back in time, as if it had been then."""
        self.run(
            "UPDATE claim SET claimed_at = claimed_at - h.ago, swallowed_at = swallowed_at - h.ago,"
            " swallow_during = CASE WHEN swallow_during IS NOT NULL THEN"
            " tstzrange(lower(swallow_during) - h.ago, upper(swallow_during) - h.ago) END"
            " FROM make_interval(hours => %s) AS h (ago) WHERE reservation_id = %s",
            hours,
            reservation_id,
        )
