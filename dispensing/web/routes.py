"""Page routes: whatever cannot be met becomes a sentence on the page the person is on.

A fragment's error goes into the notice above the panel and changes nothing else, so that what was
typed stays; a whole page becomes an error page with the way on.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from psycopg_pool import PoolTimeout

from dispensing.errors import (
    CannotDecide,
    DispensingError,
    Forbidden,
    NotSignedIn,
    SessionExpired,
    SessionLocked,
    Unprocessable,
    taken_meanwhile,
)
from dispensing.web import forms, render
from dispensing.web.access_words import of_access
from dispensing.web.client_words import of_clients, of_clients_fields
from dispensing.web.downtime_words import of_downtime, of_paper_fields
from dispensing.web.indkald_words import of_indkald, of_indkald_fields
from dispensing.web.notices import Notice
from dispensing.web.outbox_words import of_outbox, of_outbox_fields
from dispensing.web.review_words import of_review, of_review_fields
from dispensing.web.signing_in_words import SIGNED_IN_AGAIN, of_signing_in
from dispensing.web.treatment_words import of_treatment, of_treatment_fields

log = logging.getLogger("dispensing.pages")


STEP_FIELDS = ("step_pin", "step_card")
# What a witness types beside an act.
SECRET = ("password", "pin")


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            try:
                return await handle(request)
            except DispensingError as error:
                if _asked_in_vain(request) and not render.is_fragment(request):
                    return await step_again(request, error)
                if isinstance(error, Unprocessable) and not render.is_fragment(request):
                    return await self.typed_again(request, error) or told(request, error)
                if isinstance(error, Forbidden) and not render.is_fragment(request):
                    under_bar = request.app.state.not_yours
                    return await under_bar(request, error) or told(request, error)
                return told(request, error)
            except RequestValidationError:
                return told(request, Unprocessable())
            except psycopg.errors.UniqueViolation as error:
                return told(request, taken_meanwhile(error.diag.constraint_name))
            except (psycopg.OperationalError, PoolTimeout) as error:
                # The type alone: a message may hold what a log must not.
                log.error("database: %s", type(error).__name__)
                return told(request, CannotDecide())

        return handle_page

    async def typed_again(self, request: Request, error: Unprocessable) -> Response | None:
        """The page with the form that was sent, what was typed still in it; None where it has none.

        Areas whose forms are whole pages say how.
        """
        return None


def told(request: Request, error: DispensingError) -> Response:
    """The error as the person on the page reads it."""
    said = error_text(error, request)
    # A wrong password is somebody's slip, perhaps a doctor's at a nurse's page: no session ended.
    over = error.type_slug in (NotSignedIn.slug, SessionExpired.slug, SIGNED_IN_AGAIN)
    if render.is_fragment(request):
        return render.page(
            request,
            "counter/notice.html",
            error.status,
            {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"},
            notice=Notice("error", said, field_of(error)),
            session_over=over,
        )
    if over:
        why = "?hvorfor=igen" if error.type_slug == SIGNED_IN_AGAIN else ""
        return RedirectResponse(f"/log-ind{why}", 303)
    if isinstance(error, SessionLocked):
        return render.page(
            request, "people/locked.html", error.status, csrf=forms.csrf_token(request)
        )
    _ = render.translations(render.language_of(request)).gettext
    return render.page(
        request,
        "problem.html",
        error.status,
        title=_("Det gik ikke"),
        text=said,
        way_href="/",
        way_text=_("Tilbage"),
    )


def _asked_in_vain(request: Request) -> bool:
    """Whether the act's step is what was missing or wrong: nothing else has been looked at yet."""
    asked = getattr(request.state, "step_asked", None) is not None
    return asked and getattr(request.state, "identified", None) is None


async def step_again(request: Request, error: DispensingError) -> Response:
    """A whole page whose step was missing or wrong: asked for once more, with all that was typed.

    The password or PIN of somebody else beside the act is not sent back: it is typed again.
    """
    form = await forms.read_form(request)
    kept = [(name, value) for name, value in form.multi_items() if name not in STEP_FIELDS + SECRET]
    request.state.acts_ask = request.state.step_asked
    query = f"?{request.url.query}" if request.url.query else ""
    return render.page(
        request,
        "people/step_again.html",
        error.status,
        text=error_text(error, request),
        chooses_pin=error.type_slug == "pin-not-set",
        action=request.url.path + query,
        kept=kept,
        secrets=[name for name in SECRET if form.get(name)],
    )


# Where the field of a form has another name than what it was refused as, or the slug tells it.
FIELDS = {"minutes_after": "minutes"}
FIELD_OF_SLUG = {
    "wrong-password": "doctor_password",
    "witness-absent": "username",
    "witness-is-oneself": "username",
    "witness-may-not": "username",
    "witness-of-another-unit": "username",
    "witness-wrong-password": "password",
    "witness-wrong-pin": "pin",
    "witness-unknown-card": "card",
} | dict.fromkeys(
    ("step-needed", "wrong-pin", "pin-not-set", "pin-blocked", "unknown-card", "card-of-another"),
    "step_pin",
)


def field_of(error: DispensingError) -> str:
    """The name of the form's field that the error is about; empty where it is about none."""
    field = str(error.facts.get("field", ""))
    return FIELD_OF_SLUG.get(error.type_slug) or FIELDS.get(field, field)


def beside(error: DispensingError, request: Request) -> Notice:
    """The error as a notice that is said beside its field, too."""
    return Notice("error", error_text(error, request), field_of(error))


def error_text(error: DispensingError, request: Request) -> str:
    """A sentence for a person, by the error's published slug, else by its status."""
    _ = render.translations(render.language_of(request)).gettext
    by_slug: dict[str, str] = {
        **of_signing_in(_),
        "stale-form": _("Siden er for gammel. Hent den igen; intet er ændret."),
        "stale-page": _("Siden er ældre end virkeligheden. Hent personen igen; intet er ændret."),
        "recorded-meanwhile": _(
            "En anden har skrevet det ned imens. Hent siden igen; intet er skrevet."
        ),
        "already-resolved": _("Udleveringen er allerede afsluttet. Hent personen igen."),
        "already-uncertain": _("Dosis er allerede meldt usikker."),
        "already-reversed": _("Udleveringen er allerede tilbageført."),
        "unresolved-reservations": _(
            "Der er reserverede doser, som ingen har afsluttet. Afklar dem først."
        ),
        "idempotency-key-reused": _(
            "Trykket er allerede brugt til noget andet. Hent personen igen; intet er ændret."
        ),
        "forbidden": _("Det må du ikke med din rolle her."),
        "not-found": _("Findes ikke her."),
        "cannot-decide": _("Vi kan ikke afgøre det nu: udlevér ikke på et gæt. Brug nødlisten."),
        "too-large": _("Det er for meget tekst."),
        "batch-called-back": _(
            "Batchen er kaldt tilbage: udlevér ikke. Sæt dosis tilbage i skabet."
        ),
        "already-read": _("En læge har allerede læst beskeden."),
        "told-at-home": _(
            "Doser herfra er leveret tilbage eller meldt tabt: udleveringen er sket."
        ),
        "label-needed-back": _(
            "Dosis blev udleveret med etiket. Scan den på pakken. Uden etiket tages dosis imod som"
            " åbnet: dagen bliver ikke fri."
        ),
        "rest-signed": _(
            "To har skrevet under på, hvad der blev af resten: udleveringen kan ikke tilbageføres."
            " Sig det til lægen; regnskabet rettes ved at tælle flasken og forklare med et vidne."
        ),
        "collector-not-authorised": _("Ingen læge har tilladt den person at hente i dag."),
        "collector-cannot-swallow": _("Ingen kan indtage en dosis for en anden."),
        "sedation-held": _("Personen var meget påvirket sidst. Se til igen, eller tilkald lægen."),
        "already-signed": _("Observationen er allerede underskrevet."),
        "observation-running": _("Observationen er ikke slut endnu."),
        "not-given": _("Kun en udlevering, der er givet, kan tilbageføres."),
    }
    by_slug |= _about_records(_) | _about_labels(_) | of_downtime(_) | of_access(_)
    by_slug |= of_treatment(_) | of_indkald(_) | of_review(_) | of_outbox(_) | of_clients(_)
    field = str(error.facts.get("field", ""))
    by_status: dict[int, str] = {
        403: _("Det må du ikke med din rolle her."),
        404: _("Findes ikke her."),
        409: _("Noget har ændret sig siden siden blev vist. Hent personen igen; intet er ændret."),
        422: _("En værdi kan ikke bruges. Ret den og prøv igen; intet er ændret."),
        503: _("Vi kan ikke afgøre det nu: udlevér ikke på et gæt. Brug nødlisten."),
    }
    other = _("Det gik ikke. Intet er ændret.")
    known = by_slug.get(error.type_slug) or _about_fields(_).get(field)
    return known or by_status.get(error.status, other)


def _about_fields(_: Callable[[str], str]) -> dict[str, str]:
    """What is said of a value that cannot be used, by the field it stands in."""
    return {
        "label_code": _(
            "Det er ikke en etikets kode. Scan den igen, eller læs den bogstav for bogstav."
        ),
        "number": _("Det er ikke et CPR-nummer. Skriv seks cifre og fire tegn, eller scan kortet."),
        "reason": _("Skriv hvorfor, med et par ord."),
        "cows": _("Skriv et helt tal fra 0 til 48."),
        "breaths_new": _("Skriv et helt tal fra 1 til 60."),
        "minutes_after": _("Skriv hele minutter, højst et døgn, og ikke flere end der er gået."),
        "minutes": _("Skriv hele minutter, højst et døgn, og ikke flere end der er gået."),
        "max_mg": _("Skriv en mængde i mg, for eksempel 40 eller 2,5."),
        "extra_mg": _("Skriv en mængde i mg, for eksempel 40 eller 2,5."),
        "part_mg": _("Skriv en mængde i mg, for eksempel 40 eller 2,5."),
        "swallowed_mg": _("Skriv en mængde i mg, for eksempel 40 eller 2,5."),
        **of_paper_fields(_),
        **of_treatment_fields(_),
        **of_indkald_fields(_),
        **of_review_fields(_),
        **of_outbox_fields(_),
        **of_clients_fields(_),
    }


def _about_records(_: Callable[[str], str]) -> dict[str, str]:
    """What is said about people's numbers and records, by slug."""
    return {
        "number-keys-missing": _(
            "CPR-numre kan ikke slås op eller vises lige nu: nøglerne mangler. Find personen med "
            "kort eller navn; udleveringen går videre."
        ),
        "number-taken": _(
            "Nummeret står på en anden journal. Det er måske det samme menneske: sig det til "
            "lægen, som kan samle de to journaler."
        ),
        "card-mismatch": _(
            "Det scannede kort er en andens. Giv ikke dosis. Scan denne persons kort, eller skriv "
            "hvorfor den gives uden."
        ),
        "card-needed": _(
            "Enheden kræver kortet, når dosis gives. Scan det, eller skriv hvorfor ikke."
        ),
        "merged-person": _(
            "Denne journal er samlet med en anden. Scan kortet igen: det fører til den rette."
        ),
        "two-cpr-numbers": _(
            "De to har hver sit CPR-nummer. Er det to mennesker? Ellers træk det forkerte nummer "
            "tilbage først."
        ),
        "already-unmerged": _("De to journaler er allerede skilt ad."),
        "merged-again": _("En senere samling skal skilles ad først."),
        "number-known": _("Personen har allerede dette nummer."),
        "has-cpr": _("Personen har allerede et CPR-nummer. Tilbagetræk det først."),
        "birth-date-differs": _(
            "Nummerets fødselsdato er en anden end personens. Er det den rigtige person? Sæt "
            "krydset, hvis du har set efter."
        ),
        "already-withdrawn": _("Nummeret er allerede trukket tilbage."),
    }


def _about_labels(_: Callable[[str], str]) -> dict[str, str]:
    """What is said about labels of take-home doses, by slug; never whose another label is."""
    return {
        "nothing-carried-home": _("Der er intet med hjem i denne udlevering, så ingen etiket."),
        "labels-printed": _("Hver dosis har sin etiket. Tryk en om, og skriv hvorfor."),
        "two-doses-of-one-day": _(
            "Personen har to doser derhjemme til samme dag, fra to journaler, som er samlet. Tag "
            "den ene tilbage først: sedlen må ikke bede om at tage begge."
        ),
        "label-needed": _("Enheden udleverer intet med hjem uden etiket. Tryk dem først."),
        "labels-not-scanned": _(
            "Ikke alle etiketter er scannet tilbage. Scan hver pakke, eller skriv hvorfor ikke."
        ),
        "label-of-another": _(
            "Etiketten hører til en anden udlevering. Læg pakken til side: den er ikke til denne "
            "person."
        ),
        "label-voided": _(
            "Etiketten er gammel: den er trykt om. Sæt den nye på pakken, og scan den."
        ),
        "label-scanned-before": _(
            "Etiketten er allerede scannet. Bærer to pakker den samme, så tryk en om."
        ),
        "label-does-not-fit": _(
            "Teksten kan ikke stå på etiketten. Skriv en etiket i hånden, og skriv det ved "
            "udleveringen."
        ),
        "too-many-requests": _(
            "For mange forkerte koder på en time. Læs etiketten igen, og prøv senere."
        ),
        "uncertain": _("Ingen ved, hvad der blev af dosis. Afklar det først."),
    }


def translate(request: Request) -> Callable[[str], str]:
    """gettext in the reader's language."""
    return render.translations(render.language_of(request)).gettext


def wiring_of(request: Request) -> Any:
    """What the composition root made for this process, with whom this request's step showed."""
    wiring, shown = request.app.state.wiring, getattr(request.state, "identified", None)
    return wiring if shown is None else wiring.of(shown)
