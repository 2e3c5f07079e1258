"""What every working page starts with: who is signed in, the bar above the page, the menu."""

from dataclasses import dataclass
from datetime import date, datetime

from fastapi import Request
from fastapi.responses import HTMLResponse

from dispensing import clock
from dispensing.people.sessions import Actor, load_actor
from dispensing.web import formats, forms, render
from dispensing.web.routes import wiring_of


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


def header(actor: Actor) -> Header:
    """The bar above the page."""
    return Header(
        unit_name=actor.unit_name,
        counter_name=actor.counter_name or "",
        staff_name=actor.short_name,
        role=actor.role,
        now_at=actor.now,
        today_on=formats.local_day(actor.now, actor.zone),
        zone=actor.zone,
    )


async def signed_in(request: Request, *roles: str) -> Actor:
    """Who presses; the session counts as used. Raises NotSignedIn, SessionExpired, Forbidden."""
    wiring = wiring_of(request)
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, forms.session_token(request), wiring.limits)
        await connection.commit()
    actor.must_be(*roles)
    return actor


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
