"""The routes of who may fetch for a person."""

from datetime import timedelta

from tests.api.matrix.ground import HANDS_OUT, Ground, Route


def allowed(ground: Ground) -> str:
    """The path of a permission in force."""
    person = ground.person()
    collector = ground.scene.one(
        "INSERT INTO collector (person_id, name, relation, from_on, until_on, reason, decided_by,"
        " decided_at) VALUES (%s, 'Mor', 'mor', %s, %s, 'syg', 11, now()) RETURNING collector_id",
        person,
        ground.nurse.today,
        ground.nurse.today + timedelta(days=3),
    )
    return f"/people/{person}/collectors/{collector}"


ROUTES: dict[str, Route] = {
    "GET /people/{person_id}/collectors": (
        HANDS_OUT,
        403,
        lambda g: (f"/people/{g.person()}/collectors", None),
    ),
    "POST /people/{person_id}/collectors": (
        "doctor",
        403,
        lambda g: (
            f"/people/{g.person()}/collectors",
            {
                "name": "Mor",
                "relation": "mor",
                "from_on": g.nurse.today.isoformat(),
                "until_on": g.nurse.today.isoformat(),
                "reason": "brækket ben",
            },
        ),
    ),
    "POST /people/{person_id}/collectors/{collector_id}/withdrawn": (
        "doctor",
        403,
        lambda g: (f"{allowed(g)}/withdrawn", {"reason": "flyttet"}),
    ),
}
