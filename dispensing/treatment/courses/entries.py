"""What a course writes in the ledger. People are named here; an address and a number never are."""

from collections.abc import Mapping, Sequence
from datetime import date

from audit.ledger.entry import Entry
from dispensing.acts import Act, entry_of
from dispensing.people.sessions import Actor


def course_begun(
    act: Act, *, enrolled_on: date, before: str, note: str | None, again: bool
) -> Entry:
    """A course begins; ``before``: whether ever in treatment, ``again``: on a known record."""
    return entry_of(
        act,
        "course-begun",
        {"enrolled_on": enrolled_on.isoformat(), "before": before, "note": note, "again": again},
    )


def assessment_signed(act: Act, facts: Mapping[str, object]) -> Entry:
    """A doctor's assessment: indication, the person's wish, what was tried, tolerance, risks."""
    return entry_of(act, "assessment-signed", facts)


def plan_signed(act: Act, *, aim: str, agreements: str, review_on: date) -> Entry:
    """A doctor's treatment plan: the aim, what was agreed, when it is looked at again."""
    facts = {"aim": aim, "agreements": agreements, "review_on": review_on.isoformat()}
    return entry_of(act, "plan-signed", facts)


def address_written(act: Act, *, protected: bool, known: bool) -> Entry:
    """Whether an address is kept, and whether it is protected; never the address."""
    return entry_of(act, "address-written", {"protected": protected, "known": known})


def person_corrected(
    act: Act, *, before: tuple[str, str, date], after: tuple[str, str, date], reason: str
) -> Entry:
    """A name or birth date was written down wrong: given and family name and birth date, twice."""

    def told(one: tuple[str, str, date]) -> dict[str, object]:
        return {"names": [one[0], one[1]], "born_on": one[2].isoformat()}

    facts = {"before": told(before), "after": told(after), "reason": reason}
    return entry_of(act, "person-corrected", facts)


def look_alikes_shown(actor: Actor, *, found: Sequence[int]) -> Entry:
    """Before registering somebody the actor was shown who it may be."""
    return Entry(
        kind="look-alikes-shown",
        unit_id=actor.unit_id,
        actor_id=actor.staff_id,
        facts={"at": actor.now.isoformat(), "found": list(found)},
    )
