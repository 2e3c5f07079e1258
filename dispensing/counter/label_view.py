"""The labels of a reservation as the panel shows them: printed, scanned back, still to do. Pure."""

from dataclasses import dataclass

from dispensing.counter.label_scan import live_labels
from dispensing.counter.store import PrintedLabel, Reservation


@dataclass(frozen=True, slots=True)
class LabelsView:
    """``live`` are the labels that must be on the packages; ``unprinted`` doses have none yet."""

    live: tuple[PrintedLabel, ...]
    unprinted: int

    @property
    def scanned(self) -> int:
        return sum(label.scanned for label in self.live)

    @property
    def missing(self) -> int:
        """How many packages were not scanned back yet."""
        return len(self.live) - self.scanned


def labels_view(reservation: Reservation | None) -> LabelsView | None:
    """None where nothing is carried home."""
    if reservation is None:
        return None
    home = {row[:2] for row in reservation.doses if row[3] == "take_home"}
    live = live_labels(reservation)
    labelled = {(label.for_on, label.part) for label in live}
    return LabelsView(live, len(home - labelled)) if home else None
