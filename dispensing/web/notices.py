"""One message to the person at the page."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Notice:
    """One message above the panel. ``kind`` chooses sign and tone.

    ``field`` names the field of the form that it is about: it is said beside that one, too. Where
    several rows of a page have the same form, ``of`` is the row's hidden value.
    """

    kind: Literal["done", "told", "refused", "error"]
    text: str
    field: str = ""
    of: str = ""
