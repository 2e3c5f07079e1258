"""Is it the right person?"""

from typing import get_args

from dosing_rules.facts import Identifier, Patient, Request
from dosing_rules.rule import Objection, rule, stop
from dosing_rules.rulebook import RuleBook

_KNOWN: frozenset[Identifier] = frozenset(get_args(Identifier))


@rule(
    id="identity-not-confirmed",
    asks="Were at least two identifiers asked for and found to agree?",
    source="CT-01 right person; New Zealand case 19HDC02146",
)
def identity_not_confirmed(request: Request, patient: Patient, book: RuleBook) -> Objection | None:
    confirmed = len(request.identifiers)
    if confirmed >= book.identifiers_count and request.identifiers <= _KNOWN:
        return None
    confirmed = len(request.identifiers & _KNOWN)
    if confirmed >= book.identifiers_count:
        return None
    return stop("identify", limits=("identifiers_count",), confirmed_count=confirmed)
