"""The pages as one: mounts the static files and every area's page routes."""

from fastapi import FastAPI

from dispensing.access import pages as access
from dispensing.clients import pages as clients
from dispensing.closures import calendar_pages, guest_pages
from dispensing.closures import pages as closures
from dispensing.counter import (
    adverse_pages,
    board_pages,
    collectors_pages,
    home_pages,
    label_pages,
    live,
    presses,
    scan_pages,
    slip_pages,
    trace_pages,
    withdrawal_pages,
)
from dispensing.counter import doctor_pages as doctor
from dispensing.counter import pages as counter
from dispensing.downtime import pages as downtime
from dispensing.downtime import restoration_pages, typing_pages
from dispensing.outbox import pages as outbox
from dispensing.people import oidc_pages as oidc
from dispensing.people import pages as people
from dispensing.people import screen_pages as screen
from dispensing.people.working import not_yours
from dispensing.persons import merge_pages
from dispensing.persons import pages as persons
from dispensing.review import pages as review
from dispensing.stock import pages as stock
from dispensing.stock import register_pages, signing_pages
from dispensing.treatment import monitoring_pages
from dispensing.treatment import pages as treatment
from dispensing.treatment.arrangements import pages as arrangements
from dispensing.treatment.courses import newcomer_pages
from dispensing.treatment.courses import pages as courses
from dispensing.treatment.diversion import pages as diversion
from dispensing.treatment.first_line import pages as first_line
from dispensing.treatment.indkald import pages as indkald
from dispensing.treatment.indkald import person_pages as indkald_person
from dispensing.treatment.medicines import pages as medicines
from dispensing.treatment.morning import pages as morning
from dispensing.treatment.moves import pages as moves
from dispensing.treatment.orders import pages as orders
from dispensing.treatment.sedatives import pages as sedatives
from dispensing.web import render

# One line each, so that areas grow without meeting.
ROUTERS = (
    people.router,
    oidc.router,
    screen.router,
    screen.own_pin,
    persons.router,
    merge_pages.router,
    counter.router,
    presses.router,
    withdrawal_pages.router,
    scan_pages.router,
    label_pages.router,
    slip_pages.router,
    trace_pages.router,
    morning.router,
    doctor.router,
    board_pages.router,
    home_pages.router,
    adverse_pages.router,
    collectors_pages.router,
    treatment.router,
    indkald.router,
    indkald_person.router,
    monitoring_pages.router,
    orders.router,
    arrangements.router,
    moves.router,
    diversion.router,
    sedatives.router,
    medicines.router,
    newcomer_pages.router,
    courses.router,
    first_line.router,
    stock.router,
    signing_pages.router,
    register_pages.router,
    downtime.router,
    typing_pages.router,
    restoration_pages.router,
    calendar_pages.router,
    closures.router,
    guest_pages.router,
    access.router,
    review.router,
    outbox.router,
    clients.router,
    live.router,
)


def install(app: FastAPI) -> None:
    """Add the pages to ``app``; ``app.state`` carries settings, wiring and what is remembered."""
    app.mount("/static", render.static_app(), name="static")
    app.state.changes = live.Changes()
    app.state.rendered_lists = {}
    app.state.not_yours = not_yours
    for router in ROUTERS:
        app.include_router(router)
