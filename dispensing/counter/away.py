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
