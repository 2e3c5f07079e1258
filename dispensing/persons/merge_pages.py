"""Two records of one human, as a page: seen side by side, then merged, or taken apart again."""

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from dispensing.people.act_steps import PAGE_STEP, READS
from dispensing.people.sessions import Actor
from dispensing.people.working import signed_in, work_page
from dispensing.persons import merging, store
from dispensing.web import forms
from dispensing.web.notices import Notice
from dispensing.web.routes import PageRoute, translate, wiring_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LARGEST_SEQ = 2**63 - 1


@router.get("/person/{person_id}/saml")
async def merge_page(request: Request, person_id: forms.IdInPath) -> Response:
    """The other record's card or number is asked for, and what was merged before is shown."""
    return await _page(request, await _acting(request), person_id)


@router.post("/person/{person_id}/saml/se", dependencies=[READS])
async def press_look(request: Request, person_id: forms.IdInPath) -> Response:
    """Both records side by side."""
    form = await forms.read_form(request)
    actor = await _acting(request)
    other = forms.text(form, "other", 100)
    seen = await merging.look(wiring_of(request), forms.session_token(request), person_id, other)
    return await _page(request, actor, person_id, seen=seen, other=other)


@router.post("/person/{person_id}/saml", dependencies=[PAGE_STEP])
async def press_merge(request: Request, person_id: forms.IdInPath) -> Response:
    """Merge what was seen."""
    form = await forms.read_form(request)
    actor = await _acting(request)
    done = await merging.merge(
        wiring_of(request),
        forms.session_token(request),
        person_id,
        forms.text(form, "other", 100),
        (_seq(form, "survivor_seq"), _seq(form, "absorbed_seq")),
        forms.text(form, "reason"),
        forms.text(form, "key", 200),
    )
    _ = translate(request)
    said = Notice("done", _("De to journaler er samlet. Alle doser tæller nu sammen."))
    if done.body["double_doses"]:
        said = Notice(
            "refused",
            _("Samlet, og der er fundet dobbeltdosis. Se dagene her, og tal med lægen nu."),
        )
    return await _page(request, actor, person_id, said)


@router.post("/person/{person_id}/saml/{merge_id}/skil", dependencies=[PAGE_STEP])
async def press_unmerge(
    request: Request, person_id: forms.IdInPath, merge_id: forms.IdInPath
) -> Response:
    """Take a merge back."""
    form = await forms.read_form(request)
    actor = await _acting(request)
    await merging.unmerge(
        wiring_of(request),
        forms.session_token(request),
        merge_id,
        forms.text(form, "reason"),
        forms.text(form, "key", 200),
    )
    _ = translate(request)
    return await _page(request, actor, person_id, Notice("done", _("De to er skilt ad igen.")))


def _seq(form: FormData, name: str) -> int:
    return forms.needed(form, name, 0, LARGEST_SEQ)


async def _acting(request: Request) -> Actor:
    return await signed_in(request, *merging.ROLES)


async def _page(
    request: Request,
    actor: Actor,
    person_id: int,
    notice: Notice | None = None,
    *,
    seen: merging.Look | None = None,
    other: str = "",
) -> Response:
    wiring = wiring_of(request)
    token = forms.session_token(request)
    async with wiring.pool.connection() as connection:
        person = await store.load_person(connection, actor, person_id, lock=False)
        await connection.commit()
    return work_page(
        request,
        actor,
        "persons/merge.html",
        person=person,
        merges=await merging.merges_of(wiring, token, person_id),
        sides=(seen.survivor, seen.absorbed) if seen else (),
        double_doses=seen.joined.double_doses if seen else (),
        days_shown=merging.DAYS_SHOWN,
        other=other,
        notice=notice,
    )
