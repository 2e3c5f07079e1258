"""The end of a course: a doctor discharges; a death is recorded at once by whoever hears of it.

From that moment nothing is ordered: no dose, nothing for a collector, no row on the next list.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from dispensing.counter.home_doses import expected_in_hand
from dispensing.counter.outcome import Outcome
from dispensing.errors import Conflict, Unprocessable
from dispensing.treatment import entries
from dispensing.treatment.courses.running import Frame, decide_in_course
from dispensing.treatment.deciding import READERS, Decided, Deciding, words
from dispensing.wiring import Wiring

Status = Literal[
    "completed",
    "dead",
    "prison",
    "hospital_or_own_doctor",
    "moved",
    "expelled",
    "left_early",
    "unknown",
]
RECORD_END = """
INSERT INTO course_end (person_id, unit_id, enrolled_on, ended_on, status, died_on, note,
    home_doses, decided_by, decided_at)
VALUES (%(person_id)s, %(unit_id)s, %(enrolled_on)s, %(ended_on)s, %(status)s, %(died_on)s,
    %(note)s, %(home_doses)s, %(staff_id)s, %(at)s)
"""
EXCUSE = "UPDATE indkald SET state = 'excused' WHERE indkald_id = %(indkald_id)s"


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a course ends, by Tabel 4's statuses.

    ``home_doses``: how many doses at home were shown to whoever signs. Of a death the ``note`` says
    who told of it; ``died_on`` is the day, None where it is not known.
    """

    status: Status
    home_doses: int
    note: str | None = None
    died_on: date | None = None


async def end_course(
    wiring: Wiring, token: str, person_id: int, ending: Ending, key: str
) -> Outcome:
    """End the course from today on.

    Raises Conflict: ``doses-open`` while a dose is reserved or uncertain (but for a death),
    ``home-doses-changed`` where other doses are at home than were shown, ``course-ended``.
    Forbidden for a nurse, but for a death; Unprocessable; see ``decide``.
    """
    died = ending.status == "dead"
    note = words(ending.note, "ending_note", needed=died)

    def build(case: Deciding, frame: Frame) -> Decided:
        if not died:
            case.actor.must_be("doctor")
        today = case.desk.on
        if ending.died_on is not None and (not died or ending.died_on > today):
            raise Unprocessable("the day of a death, today or before", field="died_on")
        unsettled = sum(claim.state != "given" for claim in case.desk.patient.claims)
        if unsettled and not died:
            raise Conflict("a dose is open: say first what became of it", slug="doses-open")
        at_home = expected_in_hand(frame.home, today).most
        if at_home != ending.home_doses and not died:
            raise Conflict("other doses are at home than were shown", slug="home-doses-changed")
        row = {
            "enrolled_on": frame.enrolled_on,
            "ended_on": today,
            "status": ending.status,
            "died_on": ending.died_on,
            "note": note,
            "home_doses": at_home,
        }
        told = entries.person_ended(
            case.act(len(frame.indkald)),
            ended_on=today,
            status=ending.status,
            died_on=None if ending.died_on is None else ending.died_on.isoformat(),
            note=note,
            home_doses=at_home,
            unsettled=unsettled,
        )
        statements = [(EXCUSE, {"indkald_id": one}) for one, _ in frame.indkald]
        excused = [
            entries.indkald_changed(
                case.act(number), indkald_id=one, state="excused", completed=completed
            )
            for number, (one, completed) in enumerate(frame.indkald)
        ]
        return Decided((*statements, (RECORD_END, case.signed | row)), (*excused, told))

    asked = msgspec.to_builtins(ending)
    return await decide_in_course(
        wiring, token, person_id, key, "end course", asked, build, roles=READERS
    )
