"""A verdict as the ledger spells it, with what many verdicts have in common spelled once."""

import msgspec

from dosing_rules import Finding, Severity, Verdict
from dosing_rules.verdict import ALLOWED

_encode = msgspec.json.Encoder(order="sorted").encode


def verdict_bytes(verdict: Verdict) -> bytes:
    """A verdict as the ledger spells it."""
    return _encode(verdict.as_dict())


_NO_FACTS, _NO_FINDINGS = b'{"facts":{}', b'{"findings":[]'
_ALLOWED = verdict_bytes(ALLOWED)
_TAILS = [verdict_bytes(Verdict(one)).removeprefix(_NO_FINDINGS) for one in Severity]


class Spelling:
    """Verdicts of one book, to the byte as ``verdict_bytes`` spells them.

    Of a finding only the facts are its own. The rest (rule, numbers, way on) comes again and again
    and is kept by the names of the numbers: within one book a name has one value.
    """

    def __init__(self) -> None:
        #: By severity, then by all else that the rest of a finding says.
        self._rests: list[dict[tuple[object, ...], bytes]] = [{} for _ in Severity]

    def bytes_of(self, verdict: Verdict) -> bytes:
        """The same bytes as ``verdict_bytes`` would make."""
        if not verdict.findings:
            return _ALLOWED if verdict is ALLOWED else verdict_bytes(verdict)
        found = [self._finding(finding) for finding in verdict.findings]
        return b'{"findings":[' + b",".join(found) + b"]" + _TAILS[verdict.severity]

    def _finding(self, finding: Finding) -> bytes:
        rule_id, severity, facts, limits, liftable_by, way_on = finding
        key = (rule_id, liftable_by, way_on, *[limit.name for limit in limits])
        rests = self._rests[severity]
        rest = rests.get(key)
        if rest is None:
            whole = _encode(finding._replace(facts={}).as_dict())
            rest = rests[key] = whole.removeprefix(_NO_FACTS)
        return b'{"facts":' + _encode(facts) + rest
