"""Stock as JSON under /api/v1/stock: the same use cases as the pages.

Every act carries an ``Idempotency-Key``. An act that needs a witness is asked for its text first
(``.../text``); the act then brings the text's hash and the witness's own name and password. A no is
409 with its own problem type, and is recorded.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response, Security
from fastapi.security import HTTPBearer

from dispensing.people.act_steps import STEP, TEXT_ALONE
from dispensing.people.api import machine_of
from dispensing.problem_answers import DOCUMENTED, Problem, documented
from dispensing.stock import batches, counting, packages, transfer, waste
from dispensing.stock.api_models import (
    ArrivalModel,
    BatchNoticeModel,
    Counted,
    CountModel,
    DisposalModel,
    Done,
    ExplanationModel,
    MissingModel,
    OpeningModel,
    ReceiptModel,
    RelocationModel,
    SendingModel,
    SignedDisposalModel,
    SignedExplanationModel,
    SignedMissingModel,
    TextToSign,
    WitnessModel,
)
from dispensing.unit_acts import UnitAnswer
from dispensing.web import routes
from dispensing.web.json_api import LARGEST_ID, Key, bearer, json_answer
from dispensing.wiring import Wiring

router = APIRouter(
    prefix="/api/v1/stock",
    tags=["stock"],
    dependencies=[Security(HTTPBearer(auto_error=False, description="Token of POST /sessions"))],
)
IdInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
LineInPath = Annotated[int, Path(ge=1, le=32_767)]
ACTS: dict[int | str, dict[str, Any]] = DOCUMENTED | {
    409: documented(Problem, "Not now: the problem type says why; nothing moved"),
    429: documented(Problem, "Too many sign in at once"),
}


def _wiring(request: Request) -> Wiring:
    return routes.wiring_of(request)


def _done(answer: UnitAnswer) -> Response:
    receipt = {
        "chain": answer.receipt.chain,
        "seq": answer.receipt.seq,
        "hash": answer.receipt.hash,
    }
    return json_answer({**answer.body, "receipt": receipt}, answer.status)


def _text(shown: tuple[str, str]) -> Response:
    return json_answer({"text": shown[0], "sha256": shown[1]})


def _credentials(witness: WitnessModel | None, request: Request) -> Any:
    return witness.credentials(machine_of(request)) if witness is not None else None


@router.post("/receipts", status_code=201, response_model=Done, responses=ACTS, dependencies=[STEP])
async def post_receipt(body: ReceiptModel, request: Request, key: Key) -> Response:
    """Take packages in from a supplier."""
    return _done(await packages.receive(_wiring(request), bearer(request), body.asked(), key))


@router.post("/openings", status_code=201, response_model=Done, responses=ACTS, dependencies=[STEP])
async def post_opening(body: OpeningModel, request: Request, key: Key) -> Response:
    """Open a package at the session's counter; the answer names the bottle's own code."""
    return _done(await packages.open_package(_wiring(request), bearer(request), body.asked(), key))


@router.post(
    "/relocations", status_code=201, response_model=Done, responses=ACTS, dependencies=[STEP]
)
async def post_relocation(body: RelocationModel, request: Request, key: Key) -> Response:
    """Carry packages from one cabinet to another."""
    return _done(await packages.relocate(_wiring(request), bearer(request), body.asked(), key))


@router.post(
    "/transfers", status_code=201, response_model=Done, responses=ACTS, dependencies=[STEP]
)
async def post_transfer(body: SendingModel, request: Request, key: Key) -> Response:
    """Send packages to another unit: they are on their way until it has counted them in."""
    return _done(await transfer.send(_wiring(request), bearer(request), body.asked(), key))


@router.post(
    "/transfers/{transfer_id}/arrivals",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_arrival(
    transfer_id: IdInPath, body: ArrivalModel, request: Request, key: Key
) -> Response:
    """Count a transfer in; what is missing stays on its way."""
    asked = body.asked(transfer_id)
    return _done(await transfer.arrive(_wiring(request), bearer(request), asked, key))


@router.post(
    "/transfers/{transfer_id}/missing/text",
    response_model=TextToSign,
    responses=DOCUMENTED | ACTS,
    dependencies=[TEXT_ALONE],
)
async def post_missing_text(
    transfer_id: IdInPath, body: MissingModel, request: Request
) -> Response:
    """The text of an explanation of what never arrived."""
    asked = body.asked(transfer_id)
    return _text(await transfer.missing_text(_wiring(request), bearer(request), asked))


@router.post(
    "/transfers/{transfer_id}/missing",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_missing(
    transfer_id: IdInPath, body: SignedMissingModel, request: Request, key: Key
) -> Response:
    """The sender explains, with a witness, what never arrived."""
    done = await transfer.explain_missing(
        _wiring(request),
        bearer(request),
        body.missing.asked(transfer_id),
        body.seen_sha256,
        _credentials(body.witness, request),
        key,
    )
    return _done(done)


@router.post(
    "/disposals/text", response_model=TextToSign, responses=ACTS, dependencies=[TEXT_ALONE]
)
async def post_disposal_text(body: DisposalModel, request: Request) -> Response:
    """The text of a destruction, breakage, return from a person or rest of a glass."""
    return _text(await waste.text_of(_wiring(request), bearer(request), body.asked()))


@router.post(
    "/disposals", status_code=201, response_model=Done, responses=ACTS, dependencies=[STEP]
)
async def post_disposal(body: SignedDisposalModel, request: Request, key: Key) -> Response:
    """Destroy, break, take back or tell a rest: never alone."""
    done = await waste.dispose(
        _wiring(request),
        bearer(request),
        body.disposal.asked(),
        body.seen_sha256,
        _credentials(body.witness, request),
        key,
    )
    return _done(done)


@router.post(
    "/counts", status_code=201, response_model=Counted, responses=ACTS, dependencies=[STEP]
)
async def post_count(body: CountModel, request: Request, key: Key) -> Response:
    """Record a blind count; the answer shows the records for the first time."""
    return _done(await counting.count(_wiring(request), bearer(request), body.asked(), key))


@router.post(
    "/counts/{count_id}/lines/{line}/explanation/text",
    response_model=TextToSign,
    responses=ACTS,
    dependencies=[TEXT_ALONE],
)
async def post_explanation_text(
    count_id: IdInPath, line: LineInPath, body: ExplanationModel, request: Request
) -> Response:
    """The text of an explanation."""
    asked = body.asked(count_id, line)
    return _text(await counting.explanation_text(_wiring(request), bearer(request), asked))


@router.post(
    "/counts/{count_id}/lines/{line}/explanation",
    status_code=201,
    response_model=Done,
    responses=ACTS,
    dependencies=[STEP],
)
async def post_explanation(
    count_id: IdInPath,
    line: LineInPath,
    body: SignedExplanationModel,
    request: Request,
    key: Key,
) -> Response:
    """Explain a difference; only this act may change a balance after a count."""
    done = await counting.explain(
        _wiring(request),
        bearer(request),
        body.explanation.asked(count_id, line),
        body.seen_sha256,
        _credentials(body.witness, request),
        key,
    )
    return _done(done)


@router.post(
    "/batches/{batch_id}/notices", response_model=Done, responses=ACTS, dependencies=[STEP]
)
async def post_batch_notice(
    batch_id: IdInPath, body: BatchNoticeModel, request: Request, key: Key
) -> Response:
    """Put a batch aside, call it back, or set it free."""
    asked = body.asked(batch_id)
    return _done(await batches.note_batch(_wiring(request), bearer(request), asked, key))


@router.post(
    "/bottles/{bottle_id}/closed", response_model=Done, responses=ACTS, dependencies=[STEP]
)
async def post_bottle_closed(bottle_id: IdInPath, request: Request, key: Key) -> Response:
    """Take an empty bottle away."""
    return _done(await batches.close_bottle(_wiring(request), bearer(request), bottle_id, key))
