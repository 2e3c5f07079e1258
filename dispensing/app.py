"""The composition root: settings, pool, books and routes become one application."""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

from fastapi import Depends, FastAPI

from dispensing import pages, problem_answers
from dispensing.access import api as access_api
from dispensing.clients import api as clients_api
from dispensing.clients.call_log import CallLog, keep_writing
from dispensing.clients.calls import ClientCalls, gate, machines
from dispensing.closures import api as closures_api
from dispensing.closures import calendar_api, guest_api
from dispensing.counter import (
    adverse_api,
    board_api,
    collectors_api,
    home_api,
    label_api,
    own_packages_api,
    slip_pages,
    trace_api,
    withdrawal_api,
)
from dispensing.counter import api as counter_api
from dispensing.counter.today import Expectations
from dispensing.database import open_pool
from dispensing.downtime import api as downtime_api
from dispensing.downtime import losing, receipts_api, restoration_api, runner
from dispensing.fhir import routes as fhir
from dispensing.guarding import Guarded
from dispensing.number_keys import number_keys
from dispensing.outbox import api as outbox_api
from dispensing.outbox import runner as outbox
from dispensing.outbox.delivering import Sending
from dispensing.people import api as people_api
from dispensing.people.oidc import relying_party
from dispensing.people.sessions import SessionLimits
from dispensing.persons import api as persons_api
from dispensing.review import api as review_api
from dispensing.review import runner as drafts
from dispensing.settings import Settings, load_settings, secret_key
from dispensing.stock import api as stock_api
from dispensing.stock import register_api
from dispensing.treatment import api as treatment_api
from dispensing.treatment.arrangements import api as arrangements_api
from dispensing.treatment.courses import api as courses_api
from dispensing.treatment.diversion import api as diversion_api
from dispensing.treatment.first_line import api as first_line_api
from dispensing.treatment.indkald import api as indkald_api
from dispensing.treatment.medicines import api as medicines_api
from dispensing.treatment.morning import api as morning_api
from dispensing.treatment.moves import api as moves_api
from dispensing.treatment.orders import api as orders_api
from dispensing.treatment.overview import DueLately
from dispensing.treatment.sedatives import api as sedatives_api
from dispensing.treatment.supply import api as supply_api
from dispensing.wiring import Wiring
from dosing_rules import load_book

DESCRIPTION = (
    "Hand-outs of opioid-substitution medicine: may this be handed out now, if not why, and who"
    " can lift it. Amounts are decimal text in mg on the way in and whole micrograms on the way"
    " out; clinic days are dates of the unit's zone, moments are UTC."
)

# One line each, so that areas grow without meeting.
API_ROUTERS = (
    people_api.router,
    counter_api.router,
    stock_api.router,
    persons_api.router,
    board_api.router,
    withdrawal_api.router,
    downtime_api.router,
    downtime_api.metrics_router,
    restoration_api.router,
    receipts_api.router,
    home_api.router,
    collectors_api.router,
    label_api.router,
    adverse_api.router,
    trace_api.router,
    slip_pages.api,
    register_api.router,
    access_api.router,
    calendar_api.router,
    closures_api.router,
    guest_api.router,
    treatment_api.router,
    orders_api.router,
    arrangements_api.router,
    diversion_api.router,
    sedatives_api.router,
    medicines_api.router,
    courses_api.router,
    first_line_api.router,
    moves_api.router,
    supply_api.router,
    own_packages_api.router,
    indkald_api.router,
    morning_api.router,
    review_api.router,
    outbox_api.router,
    clients_api.router,
)


def chance() -> float:
    """A number from 0 to 1, so that not all try again at the same moment."""
    return secrets.randbelow(1_000) / 1_000


async def begin_tasks(wiring: Wiring, chosen: Settings, calls: CallLog) -> list[asyncio.Task[None]]:
    """What runs beside the requests, as far as this process is asked to."""
    begun = [asyncio.create_task(keep_writing(wiring, calls))]
    if chosen.emergency_lists:
        filing = runner.Filing(chosen.emergency_dir, chosen.emergency_passphrase_file)
        await runner.look_for_absence(wiring)
        begun.append(asyncio.create_task(runner.keep_making(wiring, filing)))
    if chosen.audit_drafts:
        begun.append(asyncio.create_task(drafts.keep_drafting(wiring)))
    if chosen.webhooks:
        sending = Sending(chance, chosen.webhook_loopback)
        begun.append(asyncio.create_task(outbox.keep_telling(wiring, sending)))
    return begun


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for uvicorn. ``DATABASE_URL`` names the application role's database."""
    chosen = settings or load_settings()
    if chosen.database_url is None:
        raise RuntimeError("DATABASE_URL is not set: start the service with `dispensing serve`")
    url = chosen.database_url

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await open_pool(
            url,
            min_size=chosen.pool_min,
            max_size=chosen.pool_max,
            statement_timeout_ms=chosen.statement_timeout_ms,
        )
        limits = SessionLimits(chosen.session_hours)
        app.state.wiring = Wiring(
            pool,
            limits,
            partial(load_book, signatures=chosen.signatures_dir),
            secrets.token_bytes,
            timedelta(minutes=chosen.uncertain_minutes),
            number_keys(chosen.cpr_pepper_file, chosen.cpr_key_file),
            secret_key(chosen.secret_key_file),
        )
        # Before anybody is served: whoever restored a backup unseen hands out nothing.
        await losing.look(app.state.wiring, url, chosen.signer_dir)
        app.state.machines = machines(chosen)
        making = await begin_tasks(app.state.wiring, chosen, app.state.machines.calls)
        app.state.relying_party = relying_party(chosen.oidc)
        # What stands now stays: the collector need not walk it again in the middle of a hand-out.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            gc.unfreeze()
            for one in making:
                one.cancel()
                with suppress(asyncio.CancelledError):
                    await one
            await app.state.machines.fetch.client.aclose()
            if app.state.relying_party is not None:
                await app.state.relying_party.client.aclose()
            await pool.close()

    app = FastAPI(
        title="Dispensing",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        # Before whatever a route asks itself: a machine's token opens what it may, nothing else.
        dependencies=[Depends(gate)],
    )
    app.state.settings = chosen
    app.state.expectations = Expectations()
    app.state.due_lately = DueLately()
    app.add_middleware(ClientCalls)
    problem_answers.install(app)
    # Outermost: the last resort's answer is guarded too.
    app.add_middleware(Guarded)
    for router in API_ROUTERS:
        app.include_router(router)
    app.include_router(fhir.router())
    pages.install(app)
    return app
