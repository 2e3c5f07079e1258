"""The pages of downtime: each says what is, and a slip costs nothing that was typed."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispensing.downtime.codes import row_text, serial_text
from dispensing.downtime.pages import wall_time
from dispensing.downtime.restoring import mark_restored
from dispensing.errors import Unprocessable
from tests.clusters import Database
from tests.downtime.conftest import Clinic
from tests.scene import PASSWORD


class Browser:
    """Sends forms as a page does, with the token and key the page carries."""

    def __init__(self, http: TestClient, username: str, counter: int) -> None:
        self.http = http
        http.cookies.clear()
        said = http.get("/log-ind").text
        form = {"username": username, "password": PASSWORD, "counter": str(counter)}
        self.post("/log-ind", said, **form)

    def get(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, page: str, status: int = 200, **fields: Any) -> str:
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        key = re.search(r'name="key" value="([^"]+)"', page)
        hidden = {"csrf": csrf[1] if csrf else "", "key": key[1] if key else ""}
        answer = self.http.post(path, data=hidden | fields)
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def browser(clinic: Clinic, http: TestClient) -> Browser:
    return Browser(http, f"nurse{clinic.unit}", clinic.unit)


def test_from_the_outage_to_the_last_row(
    clinic: Clinic, browser: Browser, http: TestClient
) -> None:
    """H20, H21: as a nurse goes through it, page by page."""
    people = [clinic.person(name=("Åse", f"Ærø{number}")) for number in range(3)]
    page = browser.post("/noedliste", browser.get("/noedliste"), ahead="0")
    serial = int(re.findall(r"/noedliste/(\d+)\.pdf", page)[0])
    assert http.get(f"/noedliste/{serial}.pdf").headers["content-type"] == "application/pdf"
    page = browser.post("/noedliste/nedetid", page, reason="strøm", started_at="")
    assert "NEDETID" in browser.get("/noedliste/banner")
    browser.post("/noedliste/slut", page, 422, serials="N-1")
    page = browser.post("/noedliste/slut", browser.get("/noedliste"), serials=serial_text(serial))
    assert "Indtast" in page
    page = browser.get("/noedliste/indtast")
    row = clinic.row(serial, people[0])
    typed = {"serial": serial_text(serial), "row": row_text(serial, row)}
    shown = browser.post("/noedliste/indtast/raekke", page, **typed)
    assert "Ærø0, Åse" in shown and 'value="80"' in shown
    slip = {"at": "31:00", "home": "1", "swallowed_mg": "80", "given_by": str(clinic.nurse_id)}
    slip |= {"happened": "given", "note": "kom sent"}
    wrong = browser.post("/noedliste/indtast", shown, 422, **slip, **typed)
    assert 'value="kom sent"' in wrong, "what was typed stands there still"
    at = clinic.scene.one(
        "SELECT to_char(max(over_at) AT TIME ZONE 'Europe/Copenhagen', 'HH24:MI') FROM downtime"
        " WHERE unit_id = %s", clinic.unit)  # fmt: skip
    told = {"at": at, "home": "1", "swallowed_mg": "80", "given_by": str(clinic.nurse_id)}
    page = browser.post("/noedliste/indtast", wrong, happened="given", **told, **typed)
    assert clinic.scene.used(people[0]) == 80_000
    second = {"serial": serial_text(serial), "row": row_text(serial, clinic.row(serial, people[1]))}
    page = browser.post("/noedliste/indtast", page, happened="lost", at="", home="1", **second)
    assert "en læge skal afgøre det" in page
    last = row_text(serial, clinic.row(serial, people[2]))
    page = browser.post("/noedliste/indtast/tomme", page, serial=serial_text(serial), blank=last)
    assert "Ingen. Alle rækker er indtastet." in page
    assert "Siden er væk" in browser.get("/noedliste/konflikter")
    browser.post("/noedliste/forlad", browser.get("/noedliste"), 409)


def test_a_doctor_closes_a_conflict_in_writing(clinic: Clinic, http: TestClient) -> None:
    person = clinic.person()
    serial = clinic.printed()
    clinic.down(0)
    clinic.over(serial)
    event = clinic.told(serial, person, happened="lost")["event_id"]
    doctor = Browser(http, f"doctor{clinic.unit}", clinic.unit)
    assert "/noedliste/konflikter" in doctor.get("/laege/liste"), "the morning begins with it"
    page = doctor.get("/noedliste/konflikter")
    path = f"/noedliste/konflikter/{event}"
    doctor.post(path, page, 422, decision="set på kameraet", before="")
    tomorrow = re.search(r'name="before" value="([^"]+)"', page)
    assert tomorrow is not None
    page = doctor.post(path, page, decision="set på kameraet", before=tomorrow[1])
    assert "Ingen konflikter venter." in page
    assert "/noedliste/konflikter" not in doctor.get("/laege/liste")
    assert clinic.conflicts() == []


def test_a_restored_unit_from_the_banner_to_the_doctors_word(
    clinic: Clinic, http: TestClient, shared_database: Database
) -> None:
    """H26: what to compare stands on one page, and a doctor answers for it by name."""
    clinic.person()
    clinic.printed()
    mark_restored(shared_database.owner_url)
    doctor = Browser(http, f"doctor{clinic.unit}", clinic.unit)
    assert "/gendannelse" in doctor.get("/noedliste/banner")
    page = doctor.get("/gendannelse")
    kept = re.search(r"Kopien har (\d+) · ([0-9a-f]{16})", page)
    assert kept is not None
    more = {"printed_entry": str(int(kept[1]) + 3), "printed_hash": kept[2]}
    page = doctor.post("/gendannelse/sammenlign", page, **more)
    assert "Mindst 3 indførsler mangler" in page
    doctor.post("/gendannelse/sammenlign", page, 422, printed_entry="tolv", printed_hash="")
    same = {"printed_entry": kept[1], "printed_hash": kept[2]}
    page = doctor.post("/gendannelse/sammenlign", page, **same)
    assert "når så langt som papiret" in page
    doctor.post("/gendannelse", page, 409, reason="alt er indtastet", **same)
    clinic.over()
    page = doctor.get("/gendannelse")
    page = doctor.post("/gendannelse", page, reason="alt er indtastet", **same)
    assert "Ingen gendannelse venter" in page
    assert "/gendannelse" not in doctor.get("/noedliste/banner")


@pytest.mark.parametrize(
    ("day", "text", "utc"),
    [
        # The hour that comes twice: the later of the two, so that the next dose waits longer.
        (date(2026, 10, 25), "02:30", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), "03:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        (date(2026, 7, 1), "8:14", datetime(2026, 7, 1, 6, 14, tzinfo=UTC)),
        (date(2026, 12, 31), "23:59", datetime(2026, 12, 31, 22, 59, tzinfo=UTC)),
    ],
)
def test_wall_clock_times_of_the_paper(day: date, text: str, utc: datetime) -> None:
    """H03, H19"""
    later = datetime(2027, 6, 1, tzinfo=UTC)
    assert wall_time(text, day, "Europe/Copenhagen", later, "at") == utc


def test_times_that_are_none(clinic: Clinic) -> None:
    """H19: the clocks skip from two to three; the first half past two, before the second one is."""
    now = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert wall_time("02:30", date(2026, 10, 25), "Europe/Copenhagen", now, "at") == first
    for day, text in ((date(2026, 3, 29), "02:30"), (date(2026, 3, 1), "25:00"),
                      (date(2026, 3, 1), "08:00+01:00"), (date(2026, 3, 1), "otte")):  # fmt: skip
        with pytest.raises(Unprocessable):
            wall_time(text, day, "Europe/Copenhagen", now, "at")
    assert wall_time("", date(2026, 3, 1), "Europe/Copenhagen", now, "at") is None
