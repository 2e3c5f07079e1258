"""The wall before a list of medicine: what the application's role cannot write (decision 0024)."""

from tests.api.client import Counter
from tests.clusters import Database
from tests.scene import Scene
from tests.treatment.medicines.test_listing import item, written
from tests.treatment.test_signed import DOCTOR, NURSE, Inside

LIST = """
INSERT INTO medicine_list (person_id, version, unit_id, recorded_on, recorded_by, recorded_at)
VALUES (%(person)s, 99, %(unit)s, %(today)s, %(by)s, clock_timestamp())
"""
ITEM = """
INSERT INTO medicine_item (person_id, version, unit_id, item_no, name, source)
VALUES (%(person)s, 1, %(unit)s, 99, 'tilføjet', 'own-words')
"""


def test_a_list_is_a_doctors_who_is_signed_in(
    scene: Scene, shared_database: Database, nurse: Counter, doctor: Counter
) -> None:
    """H22: in the signer's own session; a nurse signs none."""
    inside, person = Inside(shared_database.app_url), scene.person()
    assert inside.refused(LIST, doctor.token, person=person, by=DOCTOR) is None
    for token, by in ((None, DOCTOR), (nurse.token, DOCTOR), (nurse.token, NURSE)):
        assert inside.refused(LIST, token, person=person, by=by) == "must_be_signed"


def test_nothing_is_added_to_a_list_of_before(
    scene: Scene, shared_database: Database, doctor: Counter
) -> None:
    """H23: a list is whole when it is written, and stays as it was."""
    inside, person = Inside(shared_database.app_url), scene.person()
    written(doctor, person, item("A10BA02"))
    refused = inside.refused(ITEM, doctor.token, person=person)
    assert refused == "medicine_item_of_its_list"
    for table in ("medicine_list", "medicine_item"):
        removes = f"DELETE FROM {table} WHERE person_id = %(person)s"
        assert inside.refused(removes, doctor.token, person=person) == "no right"
