"""The pages as one: mounts the static files and every area's page routes."""

from fastapi import FastAPI

from dispensing.counter import board_pages, home_pages, live, presses
from dispensing.counter import doctor_pages as doctor
from dispensing.counter import pages as counter
from dispensing.people import oidc_pages as oidc
from dispensing.people import pages as people
from dispensing.people import screen_pages as screen
from dispensing.persons import merge_pages
from dispensing.persons import pages as persons
from dispensing.web import render


def install(app: FastAPI) -> None:
    """Add the pages to ``app``; ``app.state`` carries settings, wiring and expectations."""
    app.mount("/static", render.static_app(), name="static")
    app.state.changes = live.Changes()
    app.state.rendered_lists = {}
    areas = (people, oidc, screen, persons, merge_pages, counter, presses, doctor)
    boards = (board_pages, home_pages)
    for router in (
        *(area.router for area in areas),
        *(area.router for area in boards),
        live.router,
        screen.own_pin,
    ):
        app.include_router(router)
