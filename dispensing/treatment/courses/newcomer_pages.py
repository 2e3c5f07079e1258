"""A newcomer is registered: first found where known, else enrolled, and at once in treatment."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dispensing.counter.pages import key_in
from dispensing.errors import CannotDecide, Conflict, Unprocessable
from dispensing.people.act_steps import PAGE_STEP
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.treatment.courses import texts
from dispensing.treatment.courses.fields import newcomer_in
from dispensing.treatment.courses.known import Found
from dispensing.treatment.courses.registering import look_up, register_newcomer
from dispensing.treatment.deciding import READERS
from dispensing.web import formats, forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, error_text, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
#: What stands in the form again after a no. A number does not: it is scanned again.
KEPT = (
    "given_name",
    "family_name",
    "born_on",
    "sex",
    "card",
    "address",
    "address_protected",
    "contact_on",
    "came_by",
    "before",
    "note",
)
#: Conflicts that somebody known is the reason for.
SOMEBODY_KNOWN = ("person-known", "treated-by-another", "course-ended-known", "look-alike")


def _page(
    request: Request,
    actor: Actor,
    typed: dict[str, str],
    *,
    error: CannotDecide | Conflict | Unprocessable | None = None,
    found: Found | None = None,
) -> Response:
    _ = translate(request)
    return work_page(
        request,
        actor,
        "treatment/register.html",
        200 if error is None else error.status,
        today=formats.local_day(actor.now, actor.zone),
        typed=dict.fromkeys(KEPT, "") | typed,
        found=found,
        unit_id=actor.unit_id,
        slug="" if error is None else error.type_slug,
        notice=None if error is None else Notice("error", error_text(error, request)),
        sexes=texts.sexes(_),
        ways_in=texts.ways_in(_),
        befores=texts.befores(_),
    )


@router.get("/behandling/ny")
async def register_page(request: Request) -> Response:
    """The empty form."""
    return _page(request, await signed_in(request, *READERS), {})


@router.post("/behandling/ny", dependencies=[PAGE_STEP])
async def press_register(request: Request) -> Response:
    """Registered, and on to the person's treatment; or who it may be, and the way on."""
    form = await forms.read_form(request)
    actor = await signed_in(request, *READERS)
    wiring, token = wiring_of(request), forms.session_token(request)
    typed = {name: forms.text(form, name) for name in KEPT}
    try:
        newcomer = newcomer_in(form)
        done = await register_newcomer(wiring, token, newcomer, key_in(form))
    except (CannotDecide, Conflict, Unprocessable) as error:
        found = None
        if error.type_slug in SOMEBODY_KNOWN:
            found = await look_up(wiring, token, newcomer_in(form))
        return _page(request, actor, typed, error=error, found=found)
    return RedirectResponse(f"/behandling/person/{done.body['person_id']}", 303)
