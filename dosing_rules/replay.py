"""Many checks: a morning's list, or past decisions asked again under another book."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dosing_rules.check import check_dispensing
from dosing_rules.facts import Patient, Request
from dosing_rules.rulebook import RuleBook
from dosing_rules.verdict import Verdict


def check_many(asked: Iterable[tuple[Request, Patient]], book: RuleBook) -> Iterator[Verdict]:
    """The verdict of each, in the same order; nothing is kept, so a year costs no memory."""
    for request, patient in asked:
        yield check_dispensing(request, patient, book)


@dataclass(frozen=True, slots=True)
class Change:
    """A past decision that another book would have answered otherwise."""

    position: int
    before: Verdict
    after: Verdict


def changes(past: Iterable[tuple[Request, Patient, Verdict]], book: RuleBook) -> Iterator[Change]:
    """Ask every past decision again and yield those whose verdict differs in any part."""
    for position, (request, patient, before) in enumerate(past):
        after = check_dispensing(request, patient, book)
        if after != before:
            yield Change(position, before, after)
