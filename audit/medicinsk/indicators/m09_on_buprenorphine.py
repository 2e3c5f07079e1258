"""M9: who of all in treatment on the audit date is on buprenorphine."""

from typing import ClassVar

from audit.medicinsk.model import Indicator
from audit.medicinsk.parts import Part
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally

_READS = ("prescription-signed", "prescription-stopped")


class OnBuprenorphine:
    """M9."""

    id: ClassVar[str] = "M9"

    def __init__(self, scope: Scope) -> None:
        self._on = ShareTally("m9.on", "people")

    def add(self, part: Part) -> None:
        """Whoever is in treatment on the audit date."""
        if part.now is None:
            return
        order = None if part.blind(_READS) else part.order
        self._on.add(None if order is None else order.substance == "buprenorphine", part.person_id)

    def done(self) -> Indicator:
        """The share."""
        return Indicator(self.id, (self._on.share(),))
