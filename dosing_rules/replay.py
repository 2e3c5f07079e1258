"""Past decisions asked again: what another answer changes, rule by rule, and how often."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from dosing_rules.check import check_dispensing
from dosing_rules.facts import Patient, Request
from dosing_rules.rulebook import RuleBook
from dosing_rules.verdict import Severity, Verdict

Direction = Literal["stricter", "milder", "as severe"]


def check_many(asked: Iterable[tuple[Request, Patient]], book: RuleBook) -> Iterator[Verdict]:
    """The verdict of each, in the same order; nothing is kept, so a year costs no memory."""
    for request, patient in asked:
        yield check_dispensing(request, patient, book)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that answers otherwise: None where it says nothing."""

    rule_id: str
    before: Severity | None
    after: Severity | None

    @property
    def direction(self) -> Direction:
        """A finding that appears or is more severe is stricter."""
        return _direction(self.before or Severity.ALLOW, self.after or Severity.ALLOW)


def _direction(before: Severity, after: Severity) -> Direction:
    if after == before:
        return "as severe"
    return "stricter" if after > before else "milder"


def compare(before: Verdict, after: Verdict) -> tuple[RuleChange, ...]:
    """The rules that appear, vanish or change their severity, by name.

    Findings that say the same with other numbers beside them are no change: nobody would have been
    treated otherwise.
    """
    # Neither book objects to most of what happens.
    if not before.findings and not after.findings:
        return ()
    then = {finding.rule_id: finding.severity for finding in before.findings}
    now = {finding.rule_id: finding.severity for finding in after.findings}
    if then == now:
        return ()
    return tuple(
        RuleChange(rule_id, then.get(rule_id), now.get(rule_id))
        for rule_id in sorted(then.keys() | now.keys())
        if then.get(rule_id) != now.get(rule_id)
    )


@dataclass(slots=True)
class Tally:
    """What would have changed, counted. Memory grows with people and rules, not with decisions."""

    decisions: int = 0
    people: set[int] = field(default_factory=set[int])
    #: Decisions by their whole answer: (most severe before, after).
    answers: Counter[tuple[Severity, Severity]] = field(
        default_factory=Counter[tuple[Severity, Severity]]
    )
    #: Rules by how they changed: (rule, before, after).
    rules: Counter[tuple[str, Severity | None, Severity | None]] = field(
        default_factory=Counter[tuple[str, Severity | None, Severity | None]]
    )

    def add(
        self, person_id: int, before: Verdict, after: Verdict, changes: tuple[RuleChange, ...]
    ) -> None:
        """Count one decision that another book answers otherwise."""
        self.decisions += 1
        self.people.add(person_id)
        self.answers[before.severity, after.severity] += 1
        for change in changes:
            self.rules[change.rule_id, change.before, change.after] += 1

    def directions(self) -> dict[Direction, int]:
        """Decisions whose whole answer is stricter, milder, or as severe for other reasons."""
        found: dict[Direction, int] = {"stricter": 0, "milder": 0, "as severe": 0}
        for (before, after), count in self.answers.items():
            found[_direction(before, after)] += count
        return found
