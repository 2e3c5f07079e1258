"""View models of every situation at the counter, for rendering without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from dispensing.counter.views import (
    Alarm,
    CaseRow,
    CaseView,
    CounterView,
    DoctorView,
    DoseView,
    FindingView,
    Header,
    LastDose,
    ObservationView,
    PatientPanel,
    ProductView,
    QuestionView,
    Queue,
    QueueRow,
    StripDay,
)
from dispensing.web.notices import Notice

NOW = datetime(2026, 11, 23, 7, 14, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HEADER = Header("Vigerslev Allé", "Skranke 2", "A. Holm", "nurse", NOW, TODAY)
METHADONE = ProductView("Metadon oral opløsning", 1000, "ml", "oral_solution", "B-10021")
SUBLINGUAL = ProductView("Buprenorphin sublingual", 8000, "unit", "sublingual_tablet", "B-10044")

NAMES = (
    "Else Andersen", "Mikkel Krogh", "Jens Lund", "Aisha Nur", "Bo Dam", "Clara Friis",
    "Dennis Holt", "Eva Iversen", "Frank Juhl", "Gitte Kjær", "Hans Lind", "Ida Munk",
    "Jonas Noer", "Karin Ottosen", "Leif Poulsen", "Maja Quist", "Niels Riis", "Olga Sand",
)  # fmt: skip


def _row(number: int, state: str, minutes: int | None, **more: object) -> QueueRow:
    name = NAMES[number]
    initials = ".".join(part[0] for part in name.split()) + "."
    at = None if minutes is None else NOW - timedelta(minutes=minutes)
    return QueueRow(number + 1, state, at, name, initials, **more)  # type: ignore[arg-type]


QUEUE = Queue(
    rows=(
        _row(1, "observing", 62, due_at=NOW - timedelta(minutes=2), overdue=True),
        _row(2, "stopped", 5),
        _row(3, "uncertain", 20),
        _row(4, "asked", 4),
        _row(5, "reserved", 1),
        _row(6, "observing", 19, due_at=NOW + timedelta(minutes=41, seconds=10)),
        *(_row(number, "expected", None) for number in range(7, 16)),
        _row(0, "given", 12),
        _row(16, "given", 9),
        _row(17, "missed", None),
    ),
    alarms=(
        Alarm("observation", 2, "Mikkel Krogh", "M.K.", NOW - timedelta(minutes=2)),
        Alarm("uncertain", 4, "Aisha Nur", "A.N.", NOW - timedelta(minutes=20)),
    ),
    as_of=NOW,
)

_MARKS = (
    "swallowed", "swallowed", "taken_home", "taken_home", "swallowed", "missed", "swallowed",
    "indkald", "indkald", "swallowed", "taken_home", "taken_home", "swallowed", "planned",
)  # fmt: skip
STRIP = tuple(
    StripDay(TODAY - timedelta(days=13 - n), mark, "09:10" if mark == "indkald" else "")  # type: ignore[arg-type]
    for n, mark in enumerate(_MARKS)
)

ALLOW = PatientPanel(
    person_id=8,
    name="Eva Iversen",
    initials="E.I.",
    born_on=date(1960, 1, 2),
    age_years=66,
    card_code="K-100008",
    stage="check",
    word="allow",
    doses=(
        DoseView(TODAY, 1, 1, 80_000, True),
        DoseView(TODAY + timedelta(days=1), 1, 1, 80_000, False),
        DoseView(TODAY + timedelta(days=2), 1, 1, 80_000, False),
    ),
    product=METHADONE,
    findings=(),
    key="00000000-0000-4000-8000-000000000001",
    prescription=(70, 3),
    plan_lines=(
        "80 mg om dagen, gælder til 4. marts 2027",
        "Henter man., tors. · med hjem til næste dag",
    ),
    strip=STRIP,
    last_doses=(
        LastDose(TODAY - timedelta(days=1), NOW - timedelta(hours=22), 80_000, "swallowed"),
        LastDose(TODAY - timedelta(days=2), None, 80_000, "taken_home"),
    ),
)
_ECG = FindingView(
    "ecg-overdue",
    "inform",
    "EKG er 13 måneder gammelt.",
    "",
    None,
    "Hvorfor det er sådan.",
    "DK-18 · højst 12 måneder",
)
_MISSED = FindingView(
    "missed-days-confirm",
    "confirm",
    "Kom ikke i går og i forgårs: 2 dage uden dosis.",
    "Skriv hvorfor, så kan du udlevere.",
    "nurse",
    "Hvorfor det er sådan.",
    "DK-07 · bekræft ved 2 dage",
)
_ASK = FindingView(
    "restart-after-missed-days",
    "doctor",
    "4 dage uden dosis. Toleransen kan være faldet.",
    "Lægen afgør dosis ved genstart.",
    "doctor",
    "Hvorfor det er sådan.",
    "DK-07 · lægen fra 3 dage",
)
_STOP = FindingView(
    "take-home-during-indkald",
    "stop",
    "Har allerede dosis med hjem for i dag.",
    "Ny dosis for samme dag er ikke mulig i dag.",
    None,
)
_LONG = FindingView(
    "sedatives-load",
    "inform",
    "Får benzodiazepiner svarende til 32–45 mg diazepam; nedtrapning er aftalt 1. oktober.",
    "",
    None,
    "Hvorfor det er sådan.",
    "003:1406 · over 30 mg diazepam om dagen",
)

INFORM = replace(ALLOW, word="inform", findings=(_ECG, _LONG))
CONFIRM = replace(ALLOW, word="confirm", findings=(_MISSED, _ECG))
DOCTOR = replace(ALLOW, word="doctor", findings=(_ASK, _MISSED, _ECG))
STOP = replace(ALLOW, word="stop", findings=(_STOP, _ECG))
ASKED = replace(DOCTOR, question=QuestionView(5, NOW - timedelta(minutes=3)))
ANSWERED = replace(
    ALLOW,
    word="inform",
    findings=(replace(_ASK, lifted_reason="40 mg i dag, set og vurderet"),),
    question=QuestionView(
        5, NOW - timedelta(minutes=3), NOW, True, "40 mg i dag, set og vurderet", "B. Winther"
    ),
)
RESERVED = replace(ALLOW, stage="reserved", reservation_id=9, reserved_at=NOW)
UNCERTAIN = replace(ALLOW, stage="uncertain", reservation_id=9, reserved_at=NOW)
GIVEN = replace(ALLOW, stage="given", reservation_id=9, given_at=NOW)
OBSERVING = replace(
    GIVEN,
    observation=ObservationView(4, NOW + timedelta(minutes=59, seconds=30), "indkald", False),
)
OVERDUE = replace(
    GIVEN, observation=ObservationView(4, NOW - timedelta(minutes=2), "indkald", True)
)
SPLIT = replace(
    ALLOW,
    doses=(DoseView(TODAY, 1, 2, 40_000, True),),
    plan_lines=("40 mg morgen, 40 mg eftermiddag",),
)
TABLETS = replace(
    ALLOW,
    product=SUBLINGUAL,
    doses=(DoseView(TODAY, 1, 1, 16_000, True),),
    plan_lines=("16 mg om dagen",),
)
EASTER = replace(
    ALLOW,
    doses=tuple(DoseView(TODAY + timedelta(days=n), 1, 1, 80_000, n == 0) for n in range(6)),
)
NOTHING = replace(ALLOW, stage="nothing_due", word="allow", doses=(), product=None)
UNKNOWN = replace(
    ALLOW, word="unknown", notice=Notice("error", "Vi kan ikke afgøre det nu: brug nødlisten.")
)

PANELS: dict[str, PatientPanel] = {
    "allow": ALLOW, "inform": INFORM, "confirm": CONFIRM, "doctor": DOCTOR, "stop": STOP,
    "asked": ASKED, "answered": ANSWERED, "reserved": RESERVED, "uncertain": UNCERTAIN,
    "given": GIVEN, "observing": OBSERVING, "overdue": OVERDUE, "split": SPLIT,
    "tablets": TABLETS, "easter": EASTER, "nothing": NOTHING, "unknown": UNKNOWN,
}  # fmt: skip


def counter(panel: PatientPanel | None) -> CounterView:
    return CounterView(HEADER, QUEUE, panel)


EMPTY = CounterView(HEADER, Queue((), (), NOW))
CASE = CaseRow(
    5, "Eva Iversen", "E.I.", "doctor", NOW - timedelta(minutes=3), "A. Holm", "4 dage uden dosis"
)
DOCTOR_VIEW = DoctorView(
    replace(HEADER, role="doctor", counter_name="", staff_name="B. Winther"),
    (
        replace(CASE, question_id=6, name="Jens Lund", initials="J.L.", word="stop"),
        CASE,
    ),
    NOW,
    CaseView(CASE, "Har det godt, vågen", replace(DOCTOR, findings=(_ASK, _ECG)), "k"),
)  # fmt: skip
