"""Drafts beside the service: asked for, made once, told of step by step, the same again."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from audit.history.replay import BookDiffers
from audit.medicinsk.feed import LedgerChanged
from audit.medicinsk.model import Report
from audit.medicinsk.report.document import report_pdf
from dispensing.review import drafting, figures, runner
from dispensing.review.computing import Progress, Wanted
from dispensing.review.drafting import FONTS, Machinery, ask_overnight, make_waiting
from tests.api.client import Counter
from tests.audit.sample_report import sample
from tests.clusters import Database
from tests.scene import Scene


def small(wanted: Wanted, progress: Progress) -> Report:
    """What the calculation would answer, at once."""
    progress(1, 2)
    return replace(sample(12), what_if=())


@pytest.fixture
def machinery(shared_database: Database, tmp_path: Path) -> Machinery:
    return Machinery(shared_database.app_url, tmp_path, small)


def run(http: TestClient, what: Any, *given: Any) -> Any:
    """Something asynchronous in the service's own loop."""
    wiring = http.app.state.wiring  # type: ignore[attr-defined]
    assert http.portal is not None
    return http.portal.call(what, wiring, *given)


def asked(doctor: Counter, year: int) -> int:
    days = {"first_on": f"{year}-01-01", "last_on": f"{year}-12-31"}
    answer = doctor.send("POST", "/audit/drafts", days)
    assert answer.status_code == 201, answer.text
    return answer.json()["report_id"]


def status(doctor: Counter, report: int) -> dict[str, Any]:
    return doctor.get(f"/audit/reports/{report}").json()["status"]


def test_a_draft_asked_for_is_made_and_told_in_the_ledger(
    http: TestClient, scene: Scene, doctor: Counter, machinery: Machinery
) -> None:
    report = asked(doctor, 2011)
    assert status(doctor, report)["state"] == "asked"
    assert run(http, make_waiting, machinery) == 1
    made = status(doctor, report)
    assert made["state"] == "draft" and (made["done"], made["total"]) == (0, 0)
    kept, pdf_sha256, figures_sha256 = scene.run(
        "SELECT f.figures, d.pdf_sha256, d.figures_sha256 FROM audit_draft d"
        " JOIN audit_figures f USING (draft_id) WHERE d.report_id = %s",
        report,
    ).fetchone()
    # Whoever has the figures makes the same paper, and whoever has the ledger the same figures.
    again = report_pdf(figures.unpacked(kept), FONTS)
    assert hashlib.sha256(again).digest() == pdf_sha256
    computed = figures.kept(small(Wanted("", "u1", sample().period, Path()), lambda *_: None))
    assert figures.digest(computed) == figures_sha256
    told = scene.one(
        "SELECT convert_from(payload, 'UTF8')::jsonb -> 'facts' FROM ledger_payload"
        " WHERE kind = 'audit-drafted' ORDER BY seq DESC LIMIT 1"
    )
    assert told["pdf"] == pdf_sha256.hex() and told["heads"][0][1] == 1_284_511


def test_what_is_kept_names_nobody_of_another_institution() -> None:
    """H24: figures beside the own ones are counts."""
    kept = figures.unpacked(figures.kept(sample()))
    assert any(share.yes.people for one in kept.figures.indicators for share in one.shares)
    for other in (*kept.others, kept.whole):
        for one in other.indicators:
            behind = [part.people for share in one.shares
                      for part in (share.yes, share.no, share.unknown)]  # fmt: skip
            behind += [spread.people for spread in one.distributions]
            behind += [cell.people for table in one.tables for row in table.cells for cell in row]
            behind += [rate.events.people for rate in one.rates]
            assert not any(behind)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(LedgerChanged("chain 1"), "ledger-changed"), (RuntimeError("x"), "could-not-compute")],
)
def test_what_cannot_be_computed_ends_and_may_be_asked_for_again(
    http: TestClient,
    scene: Scene,
    doctor: Counter,
    machinery: Machinery,
    trouble: Exception,
    said: str,
) -> None:
    def fails(wanted: Wanted, progress: Progress) -> Report:
        raise trouble

    year = 2001 + len(said) % 7
    report = asked(doctor, year)
    assert run(http, make_waiting, replace(machinery, compute=fails)) == 0
    assert status(doctor, report)["state"] == "failed"
    assert scene.one("SELECT failed FROM audit_draft WHERE report_id = %s", report) == said
    assert asked(doctor, year) == report
    assert run(http, make_waiting, machinery) == 1


def test_one_worker_makes_a_draft_and_a_dead_ones_is_made_by_the_next(
    http: TestClient, scene: Scene, doctor: Counter, machinery: Machinery
) -> None:
    report = asked(doctor, 2012)
    draft_id = scene.one("SELECT draft_id FROM audit_draft WHERE report_id = %s", report)
    scene.run(drafting.TRY_LOCK, drafting.MAKING, draft_id)
    assert run(http, make_waiting, machinery) == 0
    scene.run(drafting.UNLOCK, drafting.MAKING, draft_id)
    assert run(http, make_waiting, machinery) == 1
    assert run(http, make_waiting, machinery) == 0


def test_overnight_the_last_year_is_asked_for_until_it_is_signed(
    http: TestClient, scene: Scene, machinery: Machinery
) -> None:
    """Before the unit opens, and once a week."""
    scene.run("UPDATE unit SET opens = '23:59:59.9', closes = '23:59:59.95'")
    first = run(http, ask_overnight)
    assert first >= 1 and run(http, ask_overnight) == 0
    assert run(http, make_waiting, machinery) == first
    assert run(http, ask_overnight) == 0
    scene.run("UPDATE audit_draft SET asked_at = asked_at - interval '8 days'"
              " WHERE ended_at IS NULL")  # fmt: skip
    last = scene.run(
        "SELECT first_on, last_on FROM audit_report WHERE unit_id = 1 ORDER BY last_on DESC LIMIT 1"
    ).fetchone()
    assert (last[0].month, last[0].day, last[1].month, last[1].day) == (1, 1, 12, 31)
    assert last[1].year == scene.today.year - 1


def test_the_service_only_looks_and_starts_the_command_while_something_waits(
    http: TestClient, doctor: Counter, machinery: Machinery
) -> None:
    """No counter waits for a count: it runs in a process of its own."""
    started: list[int] = []

    async def start() -> int:
        started.append(1)
        return 0

    class Enough(Exception):
        pass

    async def looks(wiring: Any, times: int) -> None:
        left = times

        async def pause(seconds: float) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Enough

        with pytest.raises(Enough):
            await runner.keep_drafting(wiring, start, pause)

    run(http, make_waiting, machinery)
    run(http, looks, 2)
    assert started == []
    asked(doctor, 2013)
    run(http, looks, 1)
    assert started == [1]
    assert "--waiting" in runner.COMMAND


def test_a_draft_may_ask_again_under_a_proposed_book(
    http: TestClient, scene: Scene, doctor: Counter, machinery: Machinery
) -> None:
    """The book is in both entries and goes to the calculation; one that is none changes nothing."""
    wanted: list[Wanted] = []

    def seen(one: Wanted, progress: Progress) -> Report:
        wanted.append(one)
        return sample(12)

    run(http, make_waiting, machinery)
    days = {"first_on": "2014-01-01", "last_on": "2014-12-31"}
    none = doctor.send("POST", "/audit/drafts", days | {"proposed": "no-such-book"})
    assert none.status_code == 422 and none.json()["field"] == "proposed"
    asked_for = doctor.send("POST", "/audit/drafts", days | {"proposed": "strict-2026"})
    assert asked_for.status_code == 201, asked_for.text
    assert run(http, make_waiting, replace(machinery, compute=seen)) == 1
    assert [one.proposed for one in wanted] == ["strict-2026"]
    for kind in ("audit-draft-asked", "audit-drafted"):
        told = scene.one(
            "SELECT convert_from(payload, 'UTF8')::jsonb -> 'facts' FROM ledger_payload"
            " WHERE kind = %s ORDER BY seq DESC LIMIT 1",
            kind,
        )
        assert told["proposed"] == "strict-2026"


def test_a_period_whose_own_book_is_not_here_says_the_way_on(
    http: TestClient, doctor: Counter, machinery: Machinery, scene: Scene
) -> None:
    def fails(one: Wanted, progress: Progress) -> Report:
        raise BookDiffers("dk-crk-2026")

    report = asked(doctor, 2015)
    assert run(http, make_waiting, replace(machinery, compute=fails)) == 0
    assert (
        scene.one("SELECT failed FROM audit_draft WHERE report_id = %s", report) == "book-missing"
    )
