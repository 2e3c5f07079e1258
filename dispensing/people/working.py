"""What every working page starts with: who is signed in, the bar above the page, the menu."""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from dispensing import clock
from dispensing.errors import DispensingError, Forbidden
from dispensing.people.sessions import HANDS_OUT, Actor, load_actor
from dispensing.web import formats, forms, render
from dispensing.web.routes import translate, wiring_of


@dataclass(frozen=True, slots=True)
class Header:
    """The bar above every page."""

    unit_name: str
    counter_name: str
    staff_name: str
    role: str
    now_at: datetime
    today_on: date
    zone: str = "Europe/Copenhagen"
    staff_id: int = 0
    lock_seconds: int = 60
    hide_seconds: int = 20
    unit_kind: str = "clinic"

    @property
    def hands_out(self) -> bool:
        """Whether the one signed in stands at a counter where doses are handed out."""
        at_pharmacy = self.role == "pharmacist" and self.unit_kind == "pharmacy"
        return self.role in HANDS_OUT or at_pharmacy


def header(actor: Actor) -> Header:
    """The bar above the page."""
    return Header(
        unit_name=actor.unit_name,
        counter_name=actor.counter_name or "",
        staff_name=actor.short_name,
        role=actor.role,
        unit_kind=actor.unit_kind,
        now_at=actor.now,
        today_on=formats.local_day(actor.now, actor.zone),
        zone=actor.zone,
        staff_id=actor.staff_id,
        lock_seconds=actor.lock_seconds,
        hide_seconds=actor.hide_seconds,
    )


def role_text(request: Request, role: str) -> str:
    """What somebody is, before the name."""
    _ = translate(request)
    return {
        "nurse": _("Sygeplejerske"),
        "doctor": _("Læge"),
        "pharmacist": _("Farmaceut"),
        "auditor": _("Revisor"),
        "administrator": _("Administrator"),
    }.get(role, "")


async def signed_in(request: Request, *roles: str) -> Actor:
    """Who presses, of any role where none is named; the session counts as used.

    Raises NotSignedIn, SessionExpired, SessionLocked, Forbidden.
    """
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, forms.session_token(request), wiring.limits)
        await connection.commit()
    if roles:
        actor.must_be(*roles)
    # The forms of the page that follows hold a field for it.
    request.state.acts_ask = actor.acts_ask
    request.state.only_hands_out = actor.role == "pharmacist"
    return actor


async def not_yours(request: Request, error: Forbidden) -> Response | None:
    """The no of a whole page under the bar, with who can; None where nobody is signed in."""
    try:
        actor = await signed_in(request)
    except DispensingError:
        return None
    roles = error.facts.get("roles")
    named = [str(one) for one in roles] if isinstance(roles, list) else []  # pyright: ignore
    who = [role_text(request, one) for one in named]
    return work_page(request, actor, "people/not_yours.html", error.status, who=who)


def work_page(
    request: Request, actor: Actor, template: str, status: int = 200, **values: object
) -> HTMLResponse:
    """A page under the bar: ``template`` extends ``work.html`` and gets ``key`` for its form."""
    return render.page(
        request,
        template,
        status,
        header=header(actor),
        csrf=forms.csrf_token(request),
        key=str(clock.new_id()),
        **values,
    )
