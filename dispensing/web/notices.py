"""One message to the person at the page."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Notice:
    """One message above the panel. ``kind`` chooses sign and tone."""

    kind: Literal["done", "told", "refused", "error"]
    text: str
