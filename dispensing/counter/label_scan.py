"""Scan-back: before a dose is carried home, its label was read into this very hand-out. Pure.

A label of another hand-out, or one that was printed again, stops; the sentence names nobody.
"""

from collections.abc import Mapping, Sequence

from dispensing.counter.store import PrintedLabel, Reservation
from dispensing.errors import Conflict, Unprocessable
from dispensing.labels.codes import NotALabelCode, read_code
from dispensing.people.policy import LabelScan

RECORD_SCAN = """
INSERT INTO label_scan (code, scanned_by, scanned_at) VALUES (%(code)s, %(staff_id)s, %(at)s)
"""


def label_in(reservation: Reservation, text: str) -> PrintedLabel:
    """The live label of this reservation with the code. Raises Conflict, Unprocessable."""
    try:
        code = read_code(text)
    except NotALabelCode as error:
        raise Unprocessable(str(error), field="label_code") from None
    found = next((label for label in reservation.labels if label.code == code), None)
    if found is None:
        raise Conflict(
            "this label belongs to another hand-out: put the package aside, it is not for this"
            " person",
            slug="label-of-another",
        )
    if found.void:
        raise Conflict(
            "this label was printed again and is void: put the new one on the package",
            slug="label-voided",
        )
    return found


def live_labels(reservation: Reservation) -> tuple[PrintedLabel, ...]:
    """The labels that must be on the packages now, one for each dose that has one."""
    return tuple(label for label in reservation.labels if not label.void)


def scanned_back(
    reservation: Reservation,
    texts: Sequence[str],
    policy: LabelScan,
    *,
    told: bool,
    without: str | None = None,
) -> tuple[str, ...]:
    """The codes scanned back with the hand-out itself, each right, none scanned before.

    Raises Conflict where one is wrong, or where the unit's ``policy`` wants one that is missing.
    ``told``: an uncertain dose is told of afterwards, when nobody stands at the counter.
    ``without`` is the written reason to hand out although a label is missing; it lifts no wrong
    one.
    """
    now = {label.code: label for label in (label_in(reservation, text) for text in texts)}
    live = live_labels(reservation)
    lifted = told or without is not None
    if policy == "always" and not lifted:
        labelled = {(label.for_on, label.part) for label in live}
        for day, part, _, how in reservation.doses:
            if how == "take_home" and (day, part) not in labelled:
                raise Conflict(
                    "this unit hands out no dose to carry home without its label: print it, or"
                    " write why not",
                    slug="label-needed",
                )
    missing = [label for label in live if not label.scanned and label.code not in now]
    if missing and policy != "never" and not lifted:
        raise Conflict(
            f"{len(missing)} of {len(live)} labels were not scanned back: scan each package, or"
            " print its label again, or write why not",
            slug="labels-not-scanned",
            missing=len(missing),
        )
    return tuple(code for code, label in now.items() if not label.scanned)


def label_facts(
    reservation: Reservation, now: Sequence[str], without: str | None
) -> Mapping[str, object]:
    """What the entry of the hand-out says of its labels: those scanned back, and those not."""
    live = live_labels(reservation)
    why = {"without_labels": without} if without is not None else {}
    if not live:
        return why
    scanned = [label.code for label in live if label.scanned or label.code in now]
    return {
        "labels": scanned,
        "labels_not_scanned": [label.code for label in live if label.code not in scanned],
        **why,
    }
