"""The routes of the audit under review: how far it is, reading it, speaking to it, signing it."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import count

from psycopg.types.json import Jsonb

from audit.medicinsk.model import Counted, Report, Share
from dispensing.review import figures
from tests.api.matrix.ground import Ground, Route, Sent
from tests.audit.sample_report import sample
from tests.scene import Scene

READS = "doctor auditor"
PLACED = "m7.offered"
# Every report of the tests has days of its own.
_days = count(1)


@cache
def _small() -> Report:
    return sample(40)


def figures_of(people: tuple[int, ...]) -> bytes:
    """A sample's figures, with these people behind who was offered."""
    report = _small()
    behind = Share(PLACED, "people", Counted(len(people), people), Counted(), Counted(), 100)
    indicators = tuple(
        replace(one, shares=(behind,)) if one.id == "M7" else one
        for one in report.figures.indicators
    )
    return figures.kept(replace(report, figures=replace(report.figures, indicators=indicators)))


def drafted(scene: Scene, unit_id: int = 1, people: tuple[int, ...] = (), year: int = 0) -> int:
    """A report of the unit with a draft; of a calendar year where one is named."""
    last = date(year, 12, 31) if year else date(2019, 12, 31) - timedelta(days=next(_days))
    first = date(last.year, 1, 1)
    report_id = scene.one(
        "INSERT INTO audit_report (unit_id, first_on, last_on) VALUES (%s, %s, %s)"
        " RETURNING report_id",
        *(unit_id, first, last),
    )
    draft(scene, report_id, unit_id, people)
    return report_id


def draft(scene: Scene, report_id: int, unit_id: int = 1, people: tuple[int, ...] = ()) -> int:
    """Another draft of a report, made just now."""
    packed = figures_of(people)
    draft_id = scene.one(
        "INSERT INTO audit_draft (report_id, unit_id, asked_at, begun_at, ended_at, done, total,"
        " heads, figures_sha256, pdf_sha256) VALUES (%s, %s, now(), now(), now(), 2, 2, %s, %s, %s)"
        " RETURNING draft_id",
        *(report_id, unit_id, Jsonb([]), figures.digest(packed), hashlib.sha256(b"pdf").digest()),
    )
    scene.run("INSERT INTO audit_figures VALUES (%s, %s, %s)", draft_id, unit_id, packed)
    return draft_id


def colleague(scene: Scene, unit_id: int = 1) -> int:
    """A second doctor of the unit, who signs in as ``doctor<unit>b``."""
    staff_id = 10 * unit_id + 9
    scene.run(
        "INSERT INTO staff (staff_id, unit_id, role, given_name, family_name, username,"
        " password_hash, authorisation_id, specialist)"
        " SELECT %s, unit_id, 'doctor', 'Gerda', 'Hald', username || 'b', password_hash, 'AUTB',"
        " true FROM staff WHERE staff_id = %s ON CONFLICT DO NOTHING",
        *(staff_id, 10 * unit_id + 1),
    )
    return staff_id


def read_by_colleague(scene: Scene, report_id: int, unit_id: int = 1) -> None:
    """The second doctor has read the newest draft."""
    scene.run(
        "INSERT INTO audit_reading (report_id, draft_id, unit_id, read_by, read_at)"
        " SELECT %s, max(draft_id), %s, %s, now() FROM audit_draft WHERE report_id = %s",
        *(report_id, unit_id, colleague(scene, unit_id), report_id),
    )


def adjustment(scene: Scene, report_id: int, unit_id: int = 1) -> int:
    """An adjustment decided for a report."""
    return scene.one(
        "INSERT INTO audit_adjustment (report_id, unit_id, indicator, what, owner_id, due_on,"
        " decided_by, decided_at) VALUES (%s, %s, 'M6', 'Alle forfaldne indkald aftales', %s, %s,"
        " %s, now()) RETURNING adjustment_id",
        *(report_id, unit_id, 10 * unit_id, scene.today, 10 * unit_id + 1),
    )


def signed(scene: Scene, report_id: int, unit_id: int = 1) -> None:
    """The report is signed by the unit's doctor."""
    read_by_colleague(scene, report_id, unit_id)
    scene.run(
        "INSERT INTO audit_signature (report_id, draft_id, reading_id, unit_id, pdf_sha256,"
        " signed_by, signed_at) SELECT report_id, draft_id, reading_id, unit_id, %s, %s, now()"
        " FROM audit_reading WHERE report_id = %s ORDER BY reading_id DESC LIMIT 1",
        *(hashlib.sha256(b"pdf").digest(), 10 * unit_id + 1, report_id),
    )
    scene.run("INSERT INTO audit_file VALUES (%s, %s, %s)", report_id, unit_id, b"pdf")


def to_answer(ground: Ground) -> tuple[int, int]:
    """A report whose year before decided an adjustment; answers both ids."""
    scene, unit = ground.scene, ground.unit_id
    # Years that no other report of the unit has.
    year = (scene.one("SELECT max(last_on) FROM audit_report WHERE unit_id = %s", unit)
            or date(2020, 1, 1)).year + 2  # fmt: skip
    before = drafted(scene, unit, year=year)
    asked = adjustment(scene, before, unit)
    signed(scene, before, unit)
    return drafted(scene, unit, year=year + 1), asked


def every_record(ground: Ground) -> None:
    """A row in each of the walled tables of the review."""
    scene, unit = ground.scene, ground.unit_id
    report, asked = to_answer(ground)
    doctor = 10 * unit + 1
    scene.run(
        "INSERT INTO audit_comment (report_id, unit_id, indicator, comment, written_by, written_at)"
        " VALUES (%s, %s, 'M1', 'set', %s, now())",
        *(report, unit, doctor),
    )
    scene.run(
        "INSERT INTO audit_answer VALUES (%s, %s, %s, true, NULL, %s, now())",
        *(asked, report, unit, doctor),
    )


def _of(ground: Ground, what: str, body: object = None) -> Sent:
    return f"/audit/reports/{drafted(ground.scene, ground.unit_id)}/{what}", body


def _draft(ground: Ground) -> Sent:
    last = ground.scene.today - timedelta(days=next(_days))
    first = last - timedelta(days=300)
    return "/audit/drafts", {"first_on": str(first), "last_on": str(last)}


def _answer(ground: Ground) -> Sent:
    report, asked = to_answer(ground)
    return f"/audit/reports/{report}/answers", {"adjustment_id": asked, "done": True}


def _signature(ground: Ground) -> Sent:
    report = drafted(ground.scene, ground.unit_id)
    read_by_colleague(ground.scene, report, ground.unit_id)
    return f"/audit/reports/{report}/signature", None


ROUTES: dict[str, Route] = {
    "GET /audit/reports": (READS, 403, lambda g: ("/audit/reports", None)),
    "POST /audit/drafts": ("doctor", 403, _draft),
    "GET /audit/reports/{report_id}": (
        READS,
        403,
        lambda g: (f"/audit/reports/{drafted(g.scene, g.unit_id)}", None),
    ),
    "GET /audit/reports/{report_id}/people": (
        "doctor",
        403,
        lambda g: _of(g, f"people?indicator=M7&figure={PLACED}&part=yes"),
    ),
    "POST /audit/reports/{report_id}/comments": (
        "doctor",
        403,
        lambda g: _of(g, "comments", {"indicator": "M1", "comment": "som ventet"}),
    ),
    "POST /audit/reports/{report_id}/adjustments": (
        "doctor",
        403,
        lambda g: _of(
            g,
            "adjustments",
            {
                "indicator": "M1",
                "what": "vi ser på de høje doser",
                "owner_id": 10 * g.unit_id,
                "due_on": str(g.scene.today + timedelta(days=90)),
            },
        ),
    ),
    "POST /audit/reports/{report_id}/answers": ("doctor", 403, _answer),
    "POST /audit/reports/{report_id}/readings": ("doctor", 403, lambda g: _of(g, "readings")),
    "POST /audit/reports/{report_id}/signature": ("doctor", 403, _signature),
    "GET /audit/reports/{report_id}/audit.pdf": (READS, 403, lambda g: _of(g, "audit.pdf")),
    "GET /audit/reports/{report_id}/short/{name}.pdf": (
        READS,
        403,
        lambda g: _of(g, "short/doedelighed.pdf"),
    ),
}
