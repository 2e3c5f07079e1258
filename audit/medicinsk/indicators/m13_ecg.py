"""M13: ECG in time of those on methadone above the book's limit; QTc of everybody on methadone."""

from typing import ClassVar

from audit.definitions import definitions
from audit.medicinsk.model import Indicator, distribution
from audit.medicinsk.parts import Part, told_date, told_number
from audit.medicinsk.scope import Scope
from audit.medicinsk.tallies import ShareTally, Tally
from dosing_rules.days import within_months

_READS = ("care-recorded", "prescription-signed", "prescription-stopped")


class Ecg:
    """M13."""

    id: ClassVar[str] = "M13"

    def __init__(self, scope: Scope) -> None:
        self._in_time = ShareTally("m13.in-time", "people")
        self._qtc: list[tuple[int, int]] = []
        self._unknown = Tally()

    def add(self, part: Part) -> None:
        """Whoever is on methadone on the audit date."""
        order = part.order
        if order is None or order.substance != "methadone":
            return
        who, book, blind = part.person_id, part.book(), part.blind(_READS)
        ecg_on, qtc_ms = told_date(part.told("ecg_on")), told_number(part.told("qtc_ms"))
        if qtc_ms is None or blind:
            self._unknown.add(who)
        else:
            self._qtc.append((qtc_ms, who))
        if book is None or blind:
            self._in_time.add(None, who)
        elif order.largest_day_ug() > book.ecg_methadone_ug:
            in_time = None
            if ecg_on is not None:
                in_time = within_months(ecg_on, book.ecg_months, part.cut_on)
            self._in_time.add(in_time, who)

    def done(self) -> Indicator:
        """The share, and QTc in bands."""
        edges = definitions()[self.id].edges["m13.qtc"]
        qtc = distribution("m13.qtc", "ms", self._qtc, self._unknown.counted(), edges)
        return Indicator(self.id, (self._in_time.share(),), (qtc,))
