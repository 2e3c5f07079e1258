"""The scene's staff at their screens: PINs, cards, shifts of today, and what a unit has decided."""

from typing import Any

from dispensing.people.cards import card_hash
from dispensing.people.pins import pin_hash

PIN = "481627"
# The services of the tests share one key, so that a scene can give somebody a PIN.
SECRET = b"the key of the tests, for no real service"


class SceneStaff:
    """What a scene can do about its staff; ``run`` is the scene's."""

    def run(self, sql: str, *values: Any) -> Any:
        raise NotImplementedError

    def policy(self, unit_id: int = 1, **changes: Any) -> None:
        """The unit decides from today on; tests may think for an hour before a screen locks."""
        decided = {
            "lock_seconds": 3600,
            "hide_seconds": 3600,
            "idle_minutes": 60,
            "per_act_step": "none",
            "step_at": "both",
            "label_scan": "when_printed",
        } | changes
        self.run(
            "INSERT INTO unit_policy (unit_id, version, from_on, decided_at, lock_seconds,"
            " hide_seconds, idle_minutes, per_act_step, step_at, label_scan)"
            " SELECT %s, count(*) + 1,"
            " (now() AT TIME ZONE 'Europe/Copenhagen')::date, now(), %s, %s, %s, %s, %s, %s"
            " FROM unit_policy WHERE unit_id = %s",
            unit_id,
            *decided.values(),
            unit_id,
        )

    def shift(self, staff_id: int) -> None:
        """The person has signed in fully today, somewhere, and has the PIN of the tests."""
        self.pin(staff_id)
        self.run(
            "INSERT INTO staff_session (session_hash, staff_id, started_at, seen_at, how)"
            " VALUES (sha256(gen_random_uuid()::text::bytea), %s, now(), now(), 'password')",
            staff_id,
        )

    def pin(self, staff_id: int, pin: str = PIN) -> None:
        """The person's PIN."""
        self.run(
            "INSERT INTO staff_pin (staff_id, pin_hash, set_at) VALUES (%s, %s, now())"
            " ON CONFLICT (staff_id) DO UPDATE SET pin_hash = excluded.pin_hash,"
            " failed_attempts = 0, wrong_since_signed_in = 0",
            staff_id,
            pin_hash(SECRET, staff_id, pin),
        )

    def card(self, staff_id: int, code: str) -> None:
        """A staff card of the person."""
        self.run(
            "INSERT INTO staff_card (staff_id, card_hash, issued_at) VALUES (%s, %s, now())",
            staff_id,
            card_hash(SECRET, code),
        )
