"""What a row of the peer's decision table is, and the cells that recur."""

from dataclasses import dataclass

from dosing_rules import Severity

INFORM, CONFIRM, DOCTOR, STOP = Severity.INFORM, Severity.CONFIRM, Severity.DOCTOR, Severity.STOP


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the finding, and the cells that must hold, by the fact they look at."""

    rule_id: str
    severity: Severity
    cells: dict[str, str]


def row(rule_id: str, severity: Severity, /, **cells: str) -> Row:
    return Row(rule_id, severity, cells)


YES, NO, UNKNOWN, SOME = "$ == true", "$ == false", "$ == null", "$ > 0"
METHADONE, BUPRENORPHINE = "$ == 'methadone'", "$ == 'buprenorphine'"
HEROIN, DEPOT, NOT_DEPOT = "$ == 'diacetylmorphine'", "$ == 'depot'", "$ != 'depot'"
NOTHING, SLEEPY = "$ == 0", "$ != null and $ >= {sedation_sign_poss}"
AWAKE = "$ == null or $ < {sedation_sign_poss}"
LOAD = "$ == null or $ > {diazepam_load_ug}"
NO_PLAN = (
    "not ($ in ['agreed', 'tapering']) or taper_plan_days == null"
    " or taper_plan_days > {taper_plan_days}"
)
