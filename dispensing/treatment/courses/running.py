"""What every decision in a course needs beside the facts: that the course runs, and its frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from dispensing.counter.home_doses import IN_HAND, HomeDose, doses_from
from dispensing.counter.outcome import Outcome
from dispensing.errors import Conflict
from dispensing.treatment.deciding import DOCTOR, Decided, Deciding, decide
from dispensing.wiring import Wiring

IN_COURSE = f"""
SELECT p.ended_on, p.enrolled_on, ({IN_HAND}) AS home,
    (SELECT coalesce(json_agg(json_build_array(i.indkald_id, i.completed) ORDER BY i.indkald_id),
        '[]')::text
        FROM indkald i WHERE i.person_id = p.person_id AND i.state IN ('planned', 'running'))
FROM person p WHERE p.person_id = %(person_id)s
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """The course as it stands: since when, what is at home, which indkald are open."""

    enrolled_on: date
    home: tuple[HomeDose, ...]
    indkald: tuple[tuple[int, tuple[date, ...]], ...]


_INDKALD = msgspec.json.Decoder(tuple[tuple[int, tuple[date, ...]], ...])


async def decide_in_course(
    wiring: Wiring,
    token: str,
    person_id: int,
    key: str,
    verb: str,
    asked: object,
    build: Callable[[Deciding, Frame], Decided],
    *,
    roles: Sequence[str] = DOCTOR,
) -> Outcome:
    """``decide`` for somebody in treatment. Raises Conflict (``course-ended``) else."""

    def in_course(case: Deciding) -> Decided:
        assert case.found is not None, "the person is locked"
        ended_on, enrolled_on, home, indkald = case.found
        if ended_on is not None:
            raise Conflict("the course has ended; enrol the person again", slug="course-ended")
        return build(case, Frame(enrolled_on, doses_from(home), _INDKALD.decode(indkald)))

    also: tuple[str, dict[str, Any]] = (IN_COURSE, {"person_id": person_id})
    return await decide(
        wiring, token, person_id, key, verb, asked, in_course, roles=roles, also=also
    )
