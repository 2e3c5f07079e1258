"""Two records are compared on the clinic's own day."""

from datetime import UTC, datetime, timedelta

from tests.api.client import Counter
from tests.api.test_merging import card, look
from tests.scene import Scene


def test_what_is_ordered_is_that_of_the_units_own_day(scene: Scene, doctor: Counter) -> None:
    """H07: where the clinic's day is another one than the database's, by the clinic's."""
    one, two = scene.person(), scene.person()
    now = datetime.now(UTC)
    ahead = now.hour >= 10
    zone = "Pacific/Kiritimati" if ahead else "Pacific/Pago_Pago"
    begins = now.date() + timedelta(days=1) if ahead else now.date()
    scene.run("UPDATE prescription SET valid_from = %s WHERE person_id = %s", begins, two)
    before = scene.one("SELECT zone FROM unit WHERE unit_id = 1")
    scene.run("UPDATE unit SET zone = %s WHERE unit_id = 1", zone)
    try:
        seen = look(doctor, one, card(two)).json()["absorbed"]
    finally:
        scene.run("UPDATE unit SET zone = %s WHERE unit_id = 1", before)
    assert (seen["daily_ug"] is not None) is ahead
