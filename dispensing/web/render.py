"""Templates in two languages, and the headers every page carries.

Message ids are Danish: the page reads as it is written. English lies in ``locale/en.po``, read at
start; nothing has to be compiled. An unknown message in English is a failing test, and at run time
the Danish text.
"""

import hashlib
import io
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from dispensing.web import formats
from dispensing.web.navigation import destinations

Language = Literal["da", "en"]
LANGUAGES: tuple[Language, ...] = ("da", "en")
LANGUAGE_COOKIE, PRIVACY_COOKIE = "sprog", "skaerm"

_PACKAGE = Path(__file__).resolve().parent
_AREAS = _PACKAGE.parent
STATIC = _PACKAGE / "static"
LOCALE = _PACKAGE / "locale"
# Each area keeps its own templates, in a folder of its own name below this one.
TEMPLATES = tuple(sorted(_AREAS.glob("*/templates")))

PAGE_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    # A page shows people: no shared machine may keep it after sign-out.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def static_app() -> StaticFiles:
    """Mount at ``/static``. Addresses carry the file's own hash, so a copy never grows stale."""
    return StaticFiles(directory=STATIC)


@lru_cache(maxsize=64)
def static_address(name: str) -> str:
    """``/static/<name>?v=<hash>``. Raises FileNotFoundError."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@lru_cache(maxsize=2)
def translations(language: Language) -> NullTranslations:
    """The catalogue of a language; Danish is what the templates say."""
    catalogue = LOCALE / f"{language}.po"
    if not catalogue.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=2)
def environment(language: Language) -> Environment:
    """The template environment of one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "static": static_address,
        "language": language,
        "UTC_ISO": utc_iso,
        "destinations": destinations,
        "acts_ask": "none",
        # Of whoever only hands out, at a pharmacy, what leads elsewhere is not shown.
        "only_hands_out": False,
    }
    made.filters |= {
        "mg": partial(_flipped, formats.milligrams, language),
        "day_and_date": partial(_flipped, formats.day_and_date, language),
        "weekday": partial(_flipped, formats.weekday, language),
        "month_name": partial(_flipped, formats.month_name, language),
        "short_weekday": partial(_flipped, formats.short_weekday, language),
        "birth_date": partial(_flipped, formats.birth_date, language),
        "short_date": partial(_flipped, formats.short_date, language),
        "next_day": formats.next_day,
        "local_day": formats.local_day,
        "clock": formats.clock_time,
        "moment": datetime.fromisoformat,
    }
    made.globals["ml"] = lambda ug, strength, step: formats.drawn_up(ug, strength, step, language)
    made.globals["pieces"] = lambda ug, strength: formats.pieces(ug, strength, language)
    return made


def _flipped(form: Any, language: Language, value: Any) -> str:
    return form(value, language)


def utc_iso(at: datetime) -> str:
    """A moment for scripts and ``<time datetime>``."""
    return at.isoformat(timespec="milliseconds")


def language_of(request: Request) -> Language:
    """The language the person chose; Danish until then."""
    return "en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "da"


def private_screen(request: Request) -> bool:
    """Whether this screen faces the room."""
    return request.cookies.get(PRIVACY_COOKIE) == "privat"


def page(
    request: Request,
    template: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """Render ``template`` in the reader's language with the headers of every page."""
    language = language_of(request)
    text = (
        environment(language)
        .get_template(template)
        .render(
            private=private_screen(request),
            path=request.url.path,
            acts_ask=getattr(request.state, "acts_ask", "none"),
            only_hands_out=getattr(request.state, "only_hands_out", False),
            **values,
        )
    )
    return HTMLResponse(text, status, {**PAGE_HEADERS, **(headers or {})})


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"
