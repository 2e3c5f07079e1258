"""Whoever is away: which kinds of places there are, and how a finding says where the right lies."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal

from dispensing.web import formats

Place = Literal[
    "hospital",
    "psychiatry",
    "prison",
    "residential",
    "private_clinic",
    "gp",
    "low_threshold",
    "other",
]

# Whether the day lies in a stay of the person, by the hour it began and until the return was told.
AWAY_ON = """EXISTS (SELECT FROM away w JOIN unit z ON z.unit_id = w.unit_id
    LEFT JOIN away_return b ON b.away_id = w.away_id
    WHERE w.person_id = ANY (p.person_id || p.also_ids)
    AND (w.since_at AT TIME ZONE z.zone)::date <= {day}
    AND CASE WHEN b.away_id IS NULL
        THEN EXISTS (SELECT FROM person h WHERE h.away_id = w.away_id)
        ELSE (b.recorded_at AT TIME ZONE z.zone)::date > {day} END)"""


def places(_: Callable[[str], str]) -> Mapping[Place, str]:
    """Kinds of places outside the service, in the reader's language."""
    return {
        "hospital": _("Hospital"),
        "psychiatry": _("Psykiatrisk afdeling"),
        "prison": _("Fængsel eller arrest"),
        "residential": _("Døgnophold"),
        "private_clinic": _("Privatklinik"),
        "gp": _("Praktiserende læge"),
        "low_threshold": _("Lavtærskeltilbud"),
        "other": _("Et andet sted"),
    }


def place_in_words(
    place: Place,
    name: str | None,
    since_on: date,
    _: Callable[[str], str],
    language: str,
) -> str:
    """The place as a finding names it: ``Rigshospitalet (hospital, siden tir. 1. dec.)``."""
    day = formats.day_and_date(since_on, language)
    words = {"name": name or "", "kind": places(_)[place].lower(), "day": day}
    return _("%(name)s (%(kind)s, siden %(day)s)") % words
