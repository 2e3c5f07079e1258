"""What a page sends: cookies, the token against forged forms, and fields read strictly.

A form of another site cannot know the token: it is bound to the session cookie, or before sign-in
to a visit cookie, by a key of this service. Fields are read one by one; anything unexpected is an
``Unprocessable``, never a guess.
"""

import hashlib
import hmac
import pathlib
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.datastructures import FormData

from dispensing.errors import BadRequest, Forbidden, Unprocessable
from dispensing.settings import secret_key

SESSION_COOKIE, VISIT_COOKIE = "session", "besoeg"
LONGEST_TEXT = 500
LARGEST_ID = 2**63 - 1
MOST_FIELDS = 200


IdInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
IdAsked = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


@lru_cache(maxsize=2)
def _key(path: pathlib.Path) -> bytes:
    return secret_key(path)


def session_token(request: Request) -> str:
    """The session cookie, or an empty text."""
    return request.cookies.get(SESSION_COOKIE, "")


def _bound_to(request: Request) -> str:
    """What the tokens of this browser's forms are bound to; empty for one without our cookies."""
    return session_token(request) or request.cookies.get(VISIT_COOKIE, "")


def csrf_token(request: Request, visit: str | None = None) -> str:
    """The token for forms of this session (before sign-in: of this visit)."""
    bound_to = session_token(request) or visit or _bound_to(request)
    key = _key(request.app.state.settings.secret_key_file)
    return hmac.new(key, b"form\0" + bound_to.encode(), hashlib.sha256).hexdigest()


def csrf_token_for(request: Request, session: str) -> str:
    """The token for forms of a session that this answer begins."""
    key = _key(request.app.state.settings.secret_key_file)
    return hmac.new(key, b"form\0" + session.encode(), hashlib.sha256).hexdigest()


def new_visit() -> str:
    """A fresh visit cookie."""
    return secrets.token_urlsafe(18)


async def read_form(request: Request) -> FormData:
    """The form, its token checked. Raises BadRequest, Forbidden and Unprocessable."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("this form came from another site", slug="foreign-form")
    try:
        form = await request.form(max_fields=MOST_FIELDS, max_files=0)
    except Exception as error:
        raise BadRequest("the form cannot be read") from error
    sent = form.get("csrf")
    # Without a cookie there is nothing to be bound to, and one token would fit every browser.
    if (
        not _bound_to(request)
        or not isinstance(sent, str)
        or not hmac.compare_digest(sent.encode(errors="replace"), csrf_token(request).encode())
    ):
        raise Forbidden("the page is too old to send; load it again", slug="stale-form")
    for name, value in form.multi_items():
        if not isinstance(value, str) or not _storable(name + value):
            raise Unprocessable("a value that cannot be kept")
    return form


def _storable(text: str) -> bool:
    """Whether text has no half characters: an encoding that a form names may make them."""
    return text.encode(errors="ignore").decode() == text


def text(form: FormData, name: str, longest: int = LONGEST_TEXT) -> str:
    """One line of text, stripped; empty when absent. Raises Unprocessable when too long."""
    value = form.get(name, "")
    if not isinstance(value, str):
        raise Unprocessable("a file is not expected here", field=name)
    value = value.strip()
    if len(value) > longest:
        raise Unprocessable(f"at most {longest} characters", field=name)
    if "\x00" in value:
        raise Unprocessable("a character that cannot be kept", field=name)
    return value


def whole(form: FormData, name: str, least: int, most: int) -> int | None:
    """A whole number, or None when empty. Raises Unprocessable."""
    value = text(form, name, 20)
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise Unprocessable(f"a whole number from {least} to {most}", field=name)
    return int(value)


def needed(form: FormData, name: str, least: int, most: int) -> int:
    """A whole number that must be there. Raises Unprocessable."""
    value = whole(form, name, least, most)
    if value is None:
        raise Unprocessable("this is needed", field=name)
    return value


def cookie_rules(request: Request) -> Mapping[str, Any]:
    """How every cookie of ours is set."""
    return {
        "httponly": True,
        "samesite": "strict",
        "secure": request.app.state.settings.secure_cookies,
        "path": "/",
    }
