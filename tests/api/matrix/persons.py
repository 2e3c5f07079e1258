"""The routes of a person's numbers."""

from tests.api.client import sign_in
from tests.api.matrix.ground import HANDS_OUT, Ground, Route, Sent
from tests.api.numbers import a_number


def numbered(ground: Ground) -> tuple[int, int]:
    """A person and their number."""
    person = ground.person()
    body = {"number": a_number()}
    done = ground.nurse.send("POST", f"/people/{person}/identifiers", body).json()
    return person, done["identifier_id"]


def _numbered(ground: Ground) -> str:
    """The path of a person's number."""
    person, identifier = numbered(ground)
    return f"/people/{person}/identifiers/{identifier}"


def _merging(ground: Ground) -> Sent:
    """Two records that were looked at, to be merged."""
    one, two = ground.person(), ground.person()
    seqs = [
        ground.scene.one("SELECT event_seq FROM person WHERE person_id = %s", person)
        for person in (one, two)
    ]
    body = {"survivor_seq": seqs[0], "absorbed_seq": seqs[1], "reason": "one human"}
    return f"/people/{one}/merges", {"other": f"K-{two:04d}"} | body


def merged_people(ground: Ground) -> tuple[int, int]:
    """A person into whom another was merged, and the merge."""
    path, body = _merging(ground)
    doctor = sign_in(ground.nurse.http, ground.scene, f"doctor{ground.unit_id}", None)
    done = doctor.send("POST", path, body)
    return int(path.split("/")[2]), done.json()["merge_id"]


def _merged(ground: Ground) -> Sent:
    """A merge to be taken back."""
    return f"/merges/{merged_people(ground)[1]}/unmerged", {"reason": "two humans"}


ROUTES: dict[str, Route] = {
    "POST /people/{person_id}/merges/looks": (
        "doctor administrator",
        403,
        lambda g: (f"/people/{g.person()}/merges/looks", {"other": f"K-{g.person():04d}"}),
    ),
    "POST /people/{person_id}/merges": ("doctor administrator", 403, _merging),
    "GET /people/{person_id}/merges": (
        "nurse doctor administrator",
        403,
        lambda g: (f"/people/{g.person()}/merges", None),
    ),
    "POST /merges/{merge_id}/unmerged": ("doctor administrator", 403, _merged),
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
