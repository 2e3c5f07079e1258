"""What a route that writes asks of whoever is signed in: declared at the route, enforced here.

Where the unit asks for a step, every act that says what became of a dose, moves stock or decides
about somebody carries the PIN or card of the person signed in, so that a screen left open says
nothing in another's name (H22). Each route that is no GET declares one of four among its
dependencies; one that declares none fails ``tests/api/test_act_steps.py``. The JSON API carries the
step in two headers, a page in its form. A machine's own client, which has no screen, is not asked.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Request

from dispensing.people.sessions import load_actor
from dispensing.people.steps import Step, identify, proven
from dispensing.web import forms
from dispensing.web.json_api import bearer

Asks = Literal["step", "step-in-act", "own-sign-in", "nothing"]

LONGEST_CARD = 60
PinHeader = Annotated[
    str | None,
    Header(
        alias="Step-PIN",
        max_length=6,
        description="PIN of the person signed in, where the unit asks for a step with each act",
    ),
]
CardHeader = Annotated[
    str | None,
    Header(alias="Step-Card", max_length=LONGEST_CARD, description="Or their staff card"),
]


@dataclass(frozen=True)
class Declared:
    """What a route asks, and why no more."""

    asks: Asks
    why: str


@dataclass(frozen=True)
class NotBefore(Declared):
    """Nothing is asked before the act."""

    async def __call__(self) -> None:
        """The route's own business."""


@dataclass(frozen=True)
class StepOfCall(Declared):
    """The step of a call of the JSON API."""

    async def __call__(
        self, request: Request, pin: PinHeader = None, card: CardHeader = None
    ) -> None:
        await _ask(request, bearer(request), Step(pin, card))


@dataclass(frozen=True)
class StepOfForm(Declared):
    """The step of a page's form."""

    async def __call__(self, request: Request) -> None:
        form = await forms.read_form(request)
        await _ask(request, forms.session_token(request), step_in(form))


async def _ask(request: Request, token: str, step: Step) -> None:
    """Have the step shown where it is asked for; the act's entries then say how (``Wiring.of``).

    Raises as ``identify``, and StepNeeded. Nothing is changed then but the count of tries.
    """
    wiring = request.app.state.wiring
    async with wiring.pool.connection() as connection:
        actor = await load_actor(connection, token, wiring.limits, quietly=True)
        await connection.commit()
    if actor.acts_ask == "none":
        return
    request.state.step_asked = actor.acts_ask
    request.state.identified = proven(actor, await identify(wiring, token, step))


def step_in(form: Any) -> Step:
    """What was keyed or scanned with a press. One field takes either where no script sorts them."""
    typed, card = forms.text(form, "step_pin", LONGEST_CARD), forms.text(form, "step_card", 60)
    if typed.upper().startswith("M-"):
        return Step(None, typed)
    return Step(typed or None, card or None)


STEP = Depends(StepOfCall("step", "it is said, moved or decided in somebody's own name"))
PAGE_STEP = Depends(StepOfForm("step", "it is said, moved or decided in somebody's own name"))
STEP_IN_ACT = Depends(
    NotBefore("step-in-act", "the rules speak first: nobody keys a PIN to hear a no")
)


def _session(why: str) -> Any:
    """The open session is enough, because ``why``."""
    return Depends(NotBefore("nothing", why))


OWN_SIGN_IN = Depends(
    NotBefore("own-sign-in", "it asks for a password, or a PIN with a card or name, itself")
)
READS = _session("it reads, and who looked is recorded")
TEXT_ALONE = _session("the text alone: whoever signs it shows the step")
ASKS_OTHERS = _session("it asks somebody else, who decides in their own name")
WITHHOLDS = _session("the rules refuse, and nothing is handed out")
OF_HAND_OUT = _session("a part of the open hand-out, whose end carries the step")
DRAFTS = _session("a draft, which is read and written again before it counts")
PRINTS = _session("what holds anyway, on paper for everybody on duty")
HOLDS_RECEIPTS = _session("it is held against the ledger, and can only ever stop hand-outs")
SCREEN = _session("of the screen alone, and it opens nothing")
