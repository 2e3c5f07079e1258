"""The letter says what a ward must know, and what nobody knows; and nothing that it must not."""

import io
from datetime import timedelta

from fastapi.testclient import TestClient
from pypdf import PdfReader

from tests.api.client import Counter, problem
from tests.api.numbers import a_number
from tests.scene import Scene
from tests.treatment.indkald import Clinic
from tests.treatment.medicines.test_listing import item, written
from tests.treatment.moves import WARD, away, back, had, letter, now


def read(content: bytes) -> tuple[str, PdfReader]:
    reader = PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split()), reader


class TestLetter:
    def test_it_says_dose_last_dose_home_doses_and_what_is_known(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H11: a ward that reads it gives the right dose, once."""
        weekday = nurse.today.isoweekday()
        person = scene.person(
            name=("Søren-Ågot", "Æbelø-Østergård"),
            take_home=True,
            supervised_weekdays=[weekday],
            pickup_weekdays=[weekday],
            take_home_days=6,
        )
        nurse.given(person, doses=[nurse.dose(), *nurse.home(1, 2)])
        number = letter(nurse, person, to_phone="3531 0000", note="Taler gerne med Mona.")
        answer = nurse.get(f"/move-letters/{number}")
        assert answer.headers["content-type"] == "application/pdf"
        text, reader = read(answer.content)
        assert len(reader.pages) <= 2
        for said in (
            WARD,
            "3531 0000",
            "Søren-Ågot Æbelø-Østergård",
            "Metadon, mikstur: 80 mg i døgnet",
            "80 mg, ",
            "2, i alt 160 mg",
            "Taler gerne med Mona.",
            "sygeplejerske",
            "Side 1 af",
        ):
            assert said in text, said
        for name in ("Allergier", "Beroligende medicin", "Risici"):
            assert f"{name} ikke oplyst" in text, name

    def test_its_own_data_name_nobody_and_no_number_or_address_stands_on_it(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H24"""
        born = nurse.today.replace(year=1968, month=2, day=3)
        person = scene.person(name=("Ægir", "Ødegård"))
        body = {"address": "Hemmeligvej 7", "address_protected": True}
        doctor.send("POST", f"/people/{person}/address", body)
        content = nurse.get(f"/move-letters/{letter(nurse, person)}").content
        text, reader = read(content)
        data = " ".join(str(value) for value in (reader.metadata or {}).values())
        assert "Ødegård" not in data and "Ægir" not in data
        assert "Hemmeligvej" not in text and a_number(born) not in text

    def test_it_stays_as_it_was_sent_and_each_print_is_an_entry(
        self, scene: Scene, nurse: Counter
    ) -> None:
        person = scene.person()
        number = letter(nurse, person)
        first = nurse.get(f"/move-letters/{number}").content
        nurse.given(person)
        assert nurse.get(f"/move-letters/{number}").content == first
        prints = (
            "SELECT count(*) FROM ledger_payload WHERE kind = 'person-viewed' AND person_id = %s"
            " AND convert_from(payload, 'UTF8')::jsonb -> 'facts' ->> 'page' = 'move-letter'"
        )
        assert scene.one(prints, person) == 2
        assert "move-letter-written" in scene.kinds(person)

    def test_other_units_print_none(self, scene: Scene, nurse: Counter, neighbour: Counter) -> None:
        """H24"""
        number = letter(nurse, scene.person())
        assert problem(neighbour.get(f"/move-letters/{number}"), 404)

    def test_whoever_has_no_order_is_said_to_have_none(self, scene: Scene, nurse: Counter) -> None:
        person = scene.person(valid_to_days=-1)
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, person)}").content)
        assert "Ingen ordination er i kraft" in text
        yesterday = nurse.today - timedelta(days=1)
        assert f"{yesterday.day}." in text


class TestWhatNobodyTold:
    def test_an_amount_and_an_hour_nobody_told_are_not_written_as_if(
        self, scene: Scene, nurse: Counter
    ) -> None:
        """H11: the record holds the most it can have been; the letter must not say it was that."""
        person = scene.person()
        away(nurse, scene, person)
        assert back(nurse, person, **had(0, 0, None)).status_code == 201
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, person)}").content)
        last = text.split("Sidste dosis set indtaget")[1].split("Doser hjemme")[0]
        assert "mængde ikke oplyst" in last and "klokkeslæt ikke oplyst" in last
        assert "80 mg" not in last and "er ikke oplyst" in last
        assert "dosis et andet sted, mængde ikke oplyst" in text

    def test_a_day_with_a_dose_elsewhere_is_no_day_missed(
        self, http: TestClient, scene: Scene
    ) -> None:
        """H15: it was closed as missed before anybody knew; the ward's dose is what is said."""
        clinic = Clinic.opened(http, scene, None)
        nurse, person = clinic.nurse, clinic.scene.person(clinic.unit, last_covered_days_ago=3)
        yesterday = nurse.today - timedelta(days=1)
        assert nurse.send("POST", f"/days/{yesterday}/close").json()["missed"] == 1
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, person)}").content)
        assert "udeblev" in text
        away(nurse, scene, person, days=1)
        told = had(1, 1, "16") | {"product_code": "bupre-8"}
        assert back(nurse, person, **told).status_code == 201
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, person)}").content)
        assert "Buprenorphin 16 mg et andet sted" in text
        assert "Buprenorphin 16 mg, " in text and "klokkeslæt ikke oplyst" in text
        assert "udeblev" not in text

    def test_a_dose_here_and_one_there_on_one_day_are_two(
        self, scene: Scene, nurse: Counter
    ) -> None:
        person = scene.person()
        nurse.given(person)
        assert away(nurse, scene, person, since_at=now(scene).isoformat()).status_code == 201
        assert back(nurse, person, **had(0, 0, "20")).status_code == 201
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, person)}").content)
        assert "80 mg 20 mg et andet sted" in text


class TestOtherMedicine:
    def test_the_list_stands_in_the_letter_with_what_was_stopped(
        self, scene: Scene, nurse: Counter, doctor: Counter
    ) -> None:
        """H11: what the ward gives beside depends on it."""
        person = scene.person()
        none = scene.person()
        stopped = {"stopped_on": nurse.today.isoformat()}
        written(
            doctor, person, item("N05AH04", dose="25 mg til natten"), item("J04AB02", **stopped)
        )
        written(doctor, none)
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, person)}").content)
        assert "quetiapin, 25 mg til natten" in text.lower()
        assert "rifampicin, dosis ikke oplyst (ophørt" in text.lower()
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, none)}").content)
        assert "Anden medicin spurgt, ingen" in text
        text, _ = read(nurse.get(f"/move-letters/{letter(nurse, scene.person())}").content)
        assert "Anden medicin ikke oplyst her: se Fælles Medicinkort" in text
