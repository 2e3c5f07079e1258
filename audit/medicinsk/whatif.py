"""What the period would have looked like under a proposed rule book: every decision asked again.

The facts are the ledger's, the projection is the replay's (``audit.history``); a decision whose
facts are erased or missing is unknown.
"""

from collections import Counter
from typing import Any

import psycopg

from audit.history.reading import Wanted
from audit.history.replay import OwnBook, Progress, Replay, replay_ledger
from audit.medicinsk.model import Period, WhatIf
from dosing_rules import RuleBook, Severity


def what_if(
    connection: psycopg.Connection[Any],
    period: Period,
    unit_id: int | None,
    own_book: OwnBook,
    proposed: RuleBook,
    progress: Progress | None = None,
) -> WhatIf:
    """How many decisions of the period the proposed book answers otherwise, and by which rules.

    In the caller's transaction. Raises as ``replay_ledger``.
    """
    wanted = Wanted(period.first, period.last, unit_id)
    found = replay_ledger(connection, wanted, Replay(own_book, proposed), progress)
    stricter: Counter[str] = Counter()
    milder: Counter[str] = Counter()
    for (rule_id, before, after), times in found.tally.rules.items():
        if (after or Severity.ALLOW) > (before or Severity.ALLOW):
            stricter[rule_id] += times
        else:
            milder[rule_id] += times
    by_rule = tuple(
        (rule_id, stricter[rule_id], milder[rule_id])
        for rule_id in sorted(stricter.keys() | milder.keys())
    )
    return WhatIf(
        proposed.id,
        proposed.sha256,
        found.decisions,
        found.tally.decisions,
        found.erased + found.unknown,
        by_rule,
    )
