"""What moves are called, in the reader's language."""

from collections.abc import Mapping

from dispensing.treatment.moves.returning import Coverage
from dispensing.treatment.moves.store import Answer
from dispensing.treatment.sections import Say


def coverages(_: Say) -> Mapping[Coverage, str]:
    """What is known of the doses there."""
    return {
        "had": _("Fik doser der"),
        "none": _("Fik ingen doser der"),
        "unknown": _("Det vides ikke"),
    }


def answers(_: Say) -> Mapping[Answer | None, str]:
    """What became of an offer; None: it is over without an answer."""
    return {
        "accepted": _("Modtaget"),
        "declined": _("Afvist"),
        "withdrawn": _("Trukket tilbage"),
        None: _("Bortfaldet"),
    }
