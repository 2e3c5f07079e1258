"""The routes of the observation board and the doctor's notices."""

from tests.api.matrix.ground import HANDS_OUT, Ground, Route, about


def open_notice(ground: Ground) -> int:
    """Somebody left early, and no doctor has read it."""
    reservation = ground.observed()
    ground.nurse.tell(reservation, "observations", state="left_early", affected=False, note="left")
    return ground.scene.one("SELECT max(notice_id) FROM doctor_notice")


ROUTES: dict[str, Route] = {
    "GET /observations": (HANDS_OUT, 403, lambda g: ("/observations", None)),
    "POST /reservations/{reservation_id}/sedation-checks": (
        HANDS_OUT,
        403,
        lambda g: about(g, g.observed(), "sedation-checks", poss=1),
    ),
    "GET /notices": ("doctor", 403, lambda g: ("/notices", None)),
    "POST /notices/{notice_id}/read": (
        "doctor",
        403,
        lambda g: (f"/notices/{open_notice(g)}/read", {}),
    ),
}
