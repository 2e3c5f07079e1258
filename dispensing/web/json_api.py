"""What every area of the JSON API shares: strict bodies, the bearer token, one idempotency key."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispensing.errors import BadRequest, NotSignedIn

LARGEST_ID = 2**53
LONGEST_NOTE = 2_000


def plain(text: str) -> str:
    """Text that can be stored and printed: no null characters, no broken Unicode."""
    if "\0" in text:
        raise ValueError("text holds no null character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text is valid Unicode") from None
    return text


# "no" is text, not an answer: it must not be read as False.
Flag = Annotated[bool, Field(strict=True)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID, strict=True)]
Text = Annotated[str, Field(max_length=LONGEST_NOTE, strict=True), AfterValidator(plain)]
Word = Annotated[str, Field(min_length=1, max_length=100, strict=True), AfterValidator(plain)]


class Strict(BaseModel):
    """Unknown members are refused: a misspelt fact must not pass as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_key(
    request: Request,
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=200)],
) -> str:
    """The request's only idempotency key. Raises BadRequest where there are several."""
    if len(request.headers.getlist("idempotency-key")) != 1:
        raise BadRequest("send exactly one Idempotency-Key")
    return key


Key = Annotated[str, Depends(one_key)]


def bearer(request: Request) -> str:
    """The session token of the request. Raises NotSignedIn."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn("send the session token as a bearer token")
    return token


def json_answer(value: Any, status: int = 200, media_type: str = "application/json") -> Response:
    """A value as JSON that no cache on the way may keep: it is about people or stock."""
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status, headers, media_type)
