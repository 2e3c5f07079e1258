"""The routes of a person's numbers."""

from tests.api.matrix.ground import HANDS_OUT, Ground, Route
from tests.api.numbers import a_number


def _numbered(ground: Ground) -> str:
    """The path of a person's number."""
    person = ground.person()
    body = {"number": a_number()}
    done = ground.nurse.send("POST", f"/people/{person}/identifiers", body).json()
    return f"/people/{person}/identifiers/{done['identifier_id']}"


ROUTES: dict[str, Route] = {
    "POST /people/searches": (HANDS_OUT, 403, lambda g: ("/people/searches", {"text": "Person"})),
    "GET /people/{person_id}/identifiers": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/identifiers", None),
    ),
    "POST /people/{person_id}/identifiers": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/identifiers", {"number": a_number()}),
    ),
    "POST /people/{person_id}/identifiers/{identifier_id}/shown": (
        HANDS_OUT,
        403,
        lambda g: (f"{_numbered(g)}/shown", {"reason": "referral"}),
    ),
    "POST /people/{person_id}/identifiers/{identifier_id}/withdrawn": (
        HANDS_OUT,
        403,
        lambda g: (f"{_numbered(g)}/withdrawn", {"reason": "somebody else's"}),
    ),
}
