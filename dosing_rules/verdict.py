"""What a check answers: the severity, and every finding with what was compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, NamedTuple

FactValue = int | str | bool | None | list[str]

LiftableBy = Literal["nurse", "doctor"]


class Severity(IntEnum):
    """From nothing to say up to do not hand out; the highest finding decides."""

    ALLOW = 0
    INFORM = 1
    CONFIRM = 2
    DOCTOR = 3
    STOP = 4

    @property
    def word(self) -> str:
        """The word used in answers and files."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of the rule book that took part, in its base unit, with its standing."""

    name: str
    value: int | str | bool
    unit: str
    source: str
    confirmed: bool


class Finding(NamedTuple):
    """One rule's objection: facts (amounts ``*_ug``, dates ISO), limits, and the way on."""

    rule_id: str
    severity: Severity
    facts: Mapping[str, FactValue]
    limits: tuple[Limit, ...]
    liftable_by: LiftableBy | None
    way_on: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; ``Finding.from_dict`` is the inverse."""
        return {
            "rule_id": self.rule_id,
            "severity": self.severity.word,
            "facts": dict(self.facts),
            "limits": [
                {
                    "name": limit.name,
                    "value": limit.value,
                    "unit": limit.unit,
                    "source": limit.source,
                    "confirmed": limit.confirmed,
                }
                for limit in self.limits
            ],
            "liftable_by": self.liftable_by,
            "way_on": self.way_on,
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Finding":
        """Read back what ``as_dict`` wrote. Raises ``KeyError`` on anything else."""
        return Finding(
            rule_id=data["rule_id"],
            severity=Severity[data["severity"].upper()],
            facts=dict(data["facts"]),
            limits=tuple(Limit(**limit) for limit in data["limits"]),
            liftable_by=data["liftable_by"],
            way_on=data["way_on"],
        )


class Verdict(NamedTuple):
    """The answer of one check: most severe finding first, then in the rules' display order."""

    severity: Severity
    findings: tuple[Finding, ...] = ()

    @property
    def word(self) -> str:
        """``allow``, ``inform``, ``confirm``, ``doctor`` or ``stop``."""
        return self.severity.word

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; ``Verdict.from_dict`` is the inverse."""
        return {
            "severity": self.severity.word,
            "findings": [finding.as_dict() for finding in self.findings],
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Verdict":
        """Read back what ``as_dict`` wrote. Raises ``KeyError`` on anything else."""
        return Verdict(
            severity=Severity[data["severity"].upper()],
            findings=tuple(Finding.from_dict(finding) for finding in data["findings"]),
        )


ALLOWED = Verdict(Severity.ALLOW)
