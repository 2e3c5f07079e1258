"""The register: straight from the movements, the same figures as page, table and paper."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from tests.api.client import Counter, problem
from tests.api.storeroom import Storeroom
from tests.scene import Scene


@pytest.fixture(scope="module")
def store(scene: Scene, nurse: Counter, neighbour: Counter) -> Storeroom:
    """A day with everything in it."""
    made = Storeroom.furnish(scene, nurse)
    holding = made.receive(packages=5, delivery_note="F-77")["holding_id"]
    bottle = made.opened()
    made.nurse.given(scene.person(name=("Ida", "Berg")), bottle_code=bottle["scan_code"])
    returned = made.nurse.reserved(scene.person(), bottle_code=bottle["scan_code"])
    made.nurse.tell(returned, "returned")
    made.destroy(bottle["bottle_id"], "20")
    sent = made.nurse.send(
        "POST", "/stock/transfers", {"holding_id": holding, "packages": 2, "to_unit_id": 2}
    ).json()
    arrived = {"packages": 1, "cabinet_id": 3}
    neighbour.send("POST", f"/stock/transfers/{sent['transfer_id']}/arrivals", arrived)
    lines = [
        {"number": number, "counted": "1"}
        for (number,) in scene.run(
            "SELECT bottle_id FROM bottle WHERE counter_id = 1 AND closed_at IS NULL"
        )
    ]
    body = {"place": "counter", "number": 1, "shift": "end", "lines": lines}
    counted = made.nurse.send("POST", "/stock/counts", body).json()
    line = next(one for one in counted["lines"] if one["bottle_id"] == bottle["bottle_id"])
    path = f"/stock/counts/{counted['count_id']}/lines/{line['line']}/explanation"
    asked = {"reason": '=HYPERLINK("http://x")', "adjust": True}
    assert made.sign(path, "explanation", asked).status_code == 201
    return made


def register(reader: Counter, kind: str = "", **asked: Any) -> Any:
    told = {"product": "metadon-1", "from": reader.today, "to": reader.today} | asked
    query = "&".join(f"{name}={value}" for name, value in told.items())
    return reader.get(f"/stock/register{kind}?{query}")


def test_every_line_and_the_balance_after_it(
    store: Storeroom, doctor: Counter, scene: Scene
) -> None:
    told = register(doctor).json()
    kinds = [line["kind"] for line in told["lines"]]
    assert kinds == [
        *("opened", "received", "opened", "poured", "poured", "poured_back"),
        *("destroyed", "sent", "adjusted"),
    ]
    balance = told["opening_ug"]
    for line in told["lines"]:
        balance += line["in_ug"] - line["out_ug"]
        assert line["balance_ug"] == balance
    stands = scene.one(
        "SELECT (SELECT sum(balance_ug) FROM bottle WHERE unit_id = 1 AND"
        " product_code = 'metadon-1') + (SELECT sum(balance_ug) FROM holding WHERE unit_id = 1"
        " AND product_code = 'metadon-1' AND place <> 'transit')"
    )
    assert balance == told["closing_ug"] == stands
    by_kind = {line["kind"]: line for line in told["lines"]}
    assert by_kind["received"]["party"] == "Grossisten, følgeseddel F-77"
    assert by_kind["destroyed"]["witness_name"] == "E. Friis"
    assert by_kind["sent"]["party"].startswith("Nabohuset")
    assert [one["reason"] for one in told["differences"] if one["kind"] == "adjusted"]


def test_yesterday_closes_where_today_opens(store: Storeroom, doctor: Counter) -> None:
    yesterday = doctor.today - timedelta(days=1)
    before = register(doctor, **{"from": yesterday, "to": yesterday}).json()
    today = register(doctor).json()
    both = register(doctor, **{"from": yesterday}).json()
    assert before["closing_ug"] == today["opening_ug"]
    assert (both["opening_ug"], both["closing_ug"]) == (before["opening_ug"], today["closing_ug"])


def test_one_batch_alone(store: Storeroom, doctor: Counter, scene: Scene) -> None:
    batch = scene.one("SELECT batch_id FROM batch WHERE lot = 'LOT-1'")
    told = register(doctor, batch=batch).json()
    assert {line["lot"] for line in told["lines"]} == {"LOT-1"}
    problem(register(doctor, batch=10**6), 404)


def test_a_spreadsheet_shows_it_and_runs_nothing(store: Storeroom, doctor: Counter) -> None:
    answer = register(doctor, ".csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    told = register(doctor).json()
    assert len(rows) == len(told["lines"]) + 3
    assert {len(row) for row in rows} == {12}
    destroyed = next(row for row in rows if row[2] == "Destrueret")
    assert destroyed[4] == "20"
    assert rows[-1][5] == f"{told['closing_ug'] / 1000:g}".replace(".", ",") or rows[-1][5]
    assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)


def test_the_paper_says_the_same(store: Storeroom, doctor: Counter) -> None:
    pdf = PdfReader(io.BytesIO(register(doctor, ".pdf").content))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert "Regnskab over kontrollerede stoffer" in text
    assert f"Side 1 af {len(pdf.pages)}" in text
    assert "Destrueret" in text and "E. Friis" in text and "IKKE FORKLARET" in text


def test_an_auditor_reads_numbers_and_no_initials(
    store: Storeroom, http: Any, scene: Scene
) -> None:
    """H24: the auditor needs to know that somebody had it, not who."""
    from tests.api.client import sign_in

    auditor = sign_in(http, scene, "auditor1")
    parties = [line["party"] for line in register(auditor).json()["lines"] if line["party"]]
    assert "nr. 101" in parties and not any("I.B." in party for party in parties)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"product": "no-such"}, 404),
        ({"from": "2026-02-30"}, 422),
        ({"from": "2031-01-01"}, 422),
        ({"from": "2019-01-01"}, 422),
        ({"batch": 0}, 422),
        ({"product": "a b"}, 422),
        ({"to": "0000-01-01"}, 422),
    ],
    ids=str,
)
def test_a_period_that_is_none(
    store: Storeroom, doctor: Counter, asked: dict[str, Any], status: int, unchanged: None
) -> None:
    problem(register(doctor, **asked), status)


def test_the_nurse_who_counts_reads_no_balance(store: Storeroom, nurse: Counter) -> None:
    """H23: a count is blind only where no other page tells the answer."""
    problem(register(nurse), 403)
