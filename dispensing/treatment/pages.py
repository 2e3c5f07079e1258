"""A person's treatment on one page: each part in a few lines, and where it is decided."""

from fastapi import APIRouter, Request, Response

from dispensing.people.working import signed_in, work_page
from dispensing.treatment import monitoring_pages
from dispensing.treatment.arrangements import pages as arrangements
from dispensing.treatment.courses import pages as course_pages
from dispensing.treatment.deciding import READERS, treated
from dispensing.treatment.diversion import pages as diversion
from dispensing.treatment.first_line import pages as first_line_pages
from dispensing.treatment.indkald import pages as indkald_pages
from dispensing.treatment.medicines import pages as medicines
from dispensing.treatment.moves import pages as moves
from dispensing.treatment.orders import pages as orders
from dispensing.treatment.sections import Sections
from dispensing.treatment.sedatives import pages as sedatives
from dispensing.web import forms
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
#: In the order they are read; an area adds its own.
SECTIONS: tuple[Sections, ...] = (
    course_pages.section,
    first_line_pages.section,
    orders.section,
    arrangements.section,
    moves.section,
    monitoring_pages.section,
    indkald_pages.section,
    diversion.section,
    sedatives.section,
    medicines.section,
)
#: What whoever hands out to a guest must know, and no more.
FOR_GUESTS: tuple[Sections, ...] = (
    orders.section,
    arrangements.section,
    course_pages.risks_section,
    sedatives.section,
)


@router.get("/behandling/person/{person_id}")
async def person_page(request: Request, person_id: forms.IdInPath) -> Response:
    """All that is decided about one person; of a guest only what is handed out by."""
    actor = await signed_in(request, *READERS)
    wiring, _ = wiring_of(request), translate(request)
    async with wiring.pool.connection() as connection:
        seen = await treated(
            wiring,
            connection,
            forms.session_token(request),
            person_id,
            "treatment",
            for_guests=True,
        )
        sections = FOR_GUESTS if seen.is_guest else SECTIONS
        parts = [await part(wiring, connection, seen, _) for part in sections]
        await connection.commit()
    return work_page(
        request,
        actor,
        "treatment/person.html",
        person_id=person_id,
        who=seen.who,
        parts=parts,
    )
