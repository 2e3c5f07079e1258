"""What a list says: who may be given what from paper, who may not and why; how it is checked."""

import base64
import hashlib
import io
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from dispensing.downtime import codes, folder, runner
from tests.api.client import problem
from tests.downtime.conftest import Clinic
from tests.scene import Scene


def text_of(pdf: bytes, password: str | None = None) -> str:
    return "\n".join(
        page.extract_text() for page in PdfReader(io.BytesIO(pdf), password=password).pages
    )


def pdf_of(clinic: Clinic, serial: int) -> bytes:
    return base64.b64decode(clinic.nurse.get(f"/emergency-lists/{serial}").json()["pdf_base64"])


def test_the_row_says_all_that_must_be_read_before_pouring(clinic: Clinic) -> None:
    """H08, H20: mg, ml and strength, the birth date, the last dose, what to look out for."""
    person = clinic.person(
        name=("Åse", "Ærø"), daily_ug=82_500, sedatives_high_ug=20_000, pregnant=True
    )
    serial = clinic.printed()
    row = clinic.rows(serial)[person]
    assert (row["why"], row["volume"], row["strength"]) == ("", "82,5\xa0ml", "1\xa0mg/ml")
    assert {"Benzodiazepin", "Gravid"} <= set(row["signs"])
    said = text_of(pdf_of(clinic, serial))
    for words in ("Ærø, Åse", "f. 15-05-1975", "82,5", "ret her: ja", codes.serial_text(serial)):
        assert words in said, words
    assert not re.search(r"\d{6}-?\d{4}", said), "no number of a person in full"


def test_who_may_not_be_given_anything_from_paper(clinic: Clinic) -> None:
    """H02, H11: the right elsewhere, too long without, and those who had it, each with a way on."""
    clinic.scene.unit(clinic.unit + 100, f"Apotek {clinic.unit}", "pharmacy")
    elsewhere = clinic.person(right_holder=clinic.unit + 100)
    away = clinic.person(last_covered_days_ago=6)
    served = clinic.person()
    clinic.nurse.given(served)
    rows = clinic.rows(clinic.printed())
    assert rows[elsewhere]["why"] == "right-elsewhere" and not rows[elsewhere]["right_here"]
    assert rows[away]["why"] == "stop" and rows[away]["way_on"].startswith("Ring lægen.")
    assert rows[served]["why"] == "had-today"
    assert all(row["doses"] == [] for row in rows.values())


def test_home_doses_reach_to_the_next_opening_day_only(clinic: Clinic) -> None:
    """H15: paper never hands out a week."""
    every = [1, 2, 3, 4, 5, 6, 7]
    person = clinic.person(
        take_home=True, take_home_days=7, pickup_weekdays=[clinic.scene.today.isoweekday()],
        supervised_weekdays=every,
    )  # fmt: skip
    clinic.scene.close_unit_on(clinic.unit, 1, "Lukket")
    doses = clinic.rows(clinic.printed())[person]["doses"]
    days = [clinic.scene.today + timedelta(days=ahead) for ahead in (0, 1)]
    assert [(day, how) for day, _, _, how in doses] == [
        (days[0].isoformat(), "supervised"),
        (days[1].isoformat(), "take_home"),
    ]


def test_a_list_is_kept_as_printed_with_its_checkpoint(clinic: Clinic) -> None:
    """H26: what the paper says of the ledger can be held against it."""
    clinic.person()
    head = clinic.scene.run(
        "SELECT seq, hash FROM ledger_head WHERE chain_id = %s", 2 * clinic.unit - 1
    ).fetchone()
    serial = clinic.printed()
    answer = clinic.nurse.get(f"/emergency-lists/{serial}").json()
    assert answer["checkpoint"] == {"seq": head[0], "hash": head[1].hex()[:16]}
    pdf = base64.b64decode(answer["pdf_base64"])
    assert hashlib.sha256(pdf).hexdigest() == answer["pdf_sha256"]
    assert pdf == pdf_of(clinic, serial), "printed again, byte for byte"
    kept = clinic.scene.run(
        "SELECT pdf_sha256, valid_until - made_at FROM emergency_list WHERE serial = %s", serial
    ).fetchone()
    assert kept[0].hex() == answer["pdf_sha256"] and kept[1] <= timedelta(hours=24)
    assert answer["checkpoint"]["hash"] in text_of(pdf)


def test_lists_are_of_the_own_unit(clinic: Clinic, nurse: object) -> None:
    """H24"""
    serial = clinic.printed()
    problem(nurse.get(f"/emergency-lists/{serial}"), 404)  # type: ignore[attr-defined]


@pytest.mark.parametrize("serial", [7, 101, 99_999])
def test_digits_find_slips(serial: int) -> None:
    """H21: one wrong digit, or two neighbours swapped, is always found."""
    typed = codes.serial_text(serial)
    assert codes.serial_from(typed) == codes.serial_from(typed.lower().replace("-", "")) == serial
    row = codes.row_text(serial, 117)
    assert codes.row_from(serial, row) == codes.row_from(serial, row.replace("-", "")) == 117
    digits = row.replace("-", "")
    for place, digit in enumerate(digits):
        for other in "0123456789".replace(digit, ""):
            assert codes.row_from(serial, digits[:place] + other + digits[place + 1 :]) is None
    for place in range(len(digits) - 1):
        a, b = digits[place : place + 2]
        if a != b:
            swapped = digits[:place] + b + a + digits[place + 2 :]
            assert codes.row_from(serial, swapped) is None


@pytest.fixture
def make(http: TestClient):
    """Runs the maker of lists on the service's own loop."""

    def run(where: Path, **more: object) -> int:
        filing = runner.Filing(where, more.pop("passphrase_file", None))  # type: ignore[arg-type]
        assert http.portal is not None
        return http.portal.call(
            lambda: runner.make_due_lists(http.app.state.wiring, filing, **more)
        )

    return run


def test_lists_lie_in_the_folder_for_their_owner_only(clinic: Clinic, make, tmp_path: Path) -> None:
    """H20, H24: made when due and not sooner; old ones go; nobody's name in a file's name."""
    clinic.person(name=("Åse", "Ærø"))
    where = tmp_path / "lists"
    assert make(where) >= 1
    assert make(where) == 0, "the next is due in a quarter of an hour"
    files = sorted(where.glob(f"noedliste-u{clinic.unit}-*.pdf"))
    assert files and all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert not any("r" + "ø" in file.name.lower() for file in files)
    assert "Ærø, Åse" in text_of(files[0].read_bytes())
    assert folder.remove_old(where, datetime.now(UTC)) == 0
    assert folder.remove_old(where, datetime.now(UTC) + timedelta(hours=49)) >= 1
    assert list(where.glob("*.pdf")) == []


def test_a_list_may_be_encrypted_for_one_machine(clinic: Clinic, make, tmp_path: Path) -> None:
    """H24"""
    clinic.person()
    secret = tmp_path / "secret"
    secret.write_text("tolv tegn og flere\n")
    assert make(tmp_path / "lists", passphrase_file=secret) >= 1
    file = next((tmp_path / "lists").glob(f"noedliste-u{clinic.unit}-*.pdf"))
    assert PdfReader(file).is_encrypted
    assert "NØDLISTE" in text_of(file.read_bytes(), "tolv tegn og flere")


def test_a_list_that_cannot_be_written_is_told_and_made_again(
    clinic: Clinic, make, tmp_path: Path, http: TestClient
) -> None:
    """H20: a full disk or a wrong folder is seen before it is needed."""
    clinic.person()
    (tmp_path / "file").write_text("no folder")
    make(tmp_path / "file" / "lists")
    assert clinic.nurse.get("/downtime").json()["list_overdue"] is True
    said = http.get("/metrics").text
    assert f'dispensing_emergency_list_overdue{{unit="u{clinic.unit}"}} 1.0' in said
    clinic.scene.run("UPDATE emergency_run SET failed_at = now() - interval '2 minutes'")
    assert make(tmp_path / "lists") >= 1
    assert clinic.nurse.get("/downtime").json()["list_overdue"] is False


def test_an_absence_nobody_told_of_holds_the_unit(clinic: Clinic, http: TestClient) -> None:
    """H20, H21: nobody knows whether paper was used: nothing is reserved before a person says."""
    person, scene = clinic.person(), clinic.scene
    clinic.printed()
    scene.run(
        "UPDATE unit SET opens = '00:00', closes = '23:59:59' WHERE unit_id = %s", clinic.unit
    )
    assert http.portal is not None
    look = lambda: http.portal.call(runner.look_for_absence, http.app.state.wiring)  # noqa: E731
    look()
    assert clinic.nurse.get("/downtime").json()["running"] is False
    scene.run(
        "UPDATE emergency_run SET alive_at = now() - interval '11 minutes' WHERE unit_id = %s",
        clinic.unit,
    )
    scene.run(
        "UPDATE emergency_run SET alive_at = now() - interval '5 minutes' WHERE unit_id <> %s",
        clinic.unit,
    )
    assert look() == 1
    state = clinic.nurse.get("/downtime").json()
    assert (state["running"], state["found_by"]) == (True, "service")
    problem(clinic.nurse.reserve(person), 409, "down")
    assert look() == 0
    clinic.over()
    assert clinic.nurse.reserve(person).status_code == 201


def test_the_folder_of_another_kind_of_file_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "noedliste-mine.pdf"
    kept.write_text("not ours")
    assert folder.remove_old(tmp_path, datetime.now(UTC) + timedelta(days=99)) == 0
    assert os.listdir(tmp_path) == ["noedliste-mine.pdf"]


def test_two_workers_make_one_list(
    clinic: Clinic, http: TestClient, tmp_path: Path, scene: Scene
) -> None:
    """Whoever has the lock makes them; the other finds nothing to do."""
    import asyncio

    clinic.person()
    filing = runner.Filing(tmp_path / "lists")

    async def both() -> list[int]:
        wiring = http.app.state.wiring
        return await asyncio.gather(*(runner.make_due_lists(wiring, filing) for _ in range(4)))

    assert http.portal is not None
    assert sum(http.portal.call(both)) >= 1
    by_day = scene.run(
        "SELECT for_day, count(*) FROM emergency_list WHERE unit_id = %s GROUP BY 1", clinic.unit
    ).fetchall()
    assert by_day and all(count == 1 for _, count in by_day)
