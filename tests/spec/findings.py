"""Everything a finding says, row by row: severity, way on, who lifts it, facts compared, numbers.

The tables answer with a severity; ``findings/`` and ``findings_prescribing/`` hold the rest. They
are written by ``python -m tests.spec.generate`` and compared by a test: a changed line is a changed
answer.
"""

from pathlib import Path

from dosing_rules import (
    Change,
    Finding,
    Patient,
    Request,
    RuleBook,
    check_dispensing,
    check_prescription,
)
from tests.spec import drafts
from tests.spec.columns import apply, scene
from tests.spec.table import PRESCRIBING_TABLES, TABLES, Case, cases

FINDINGS = Path(__file__).with_name("findings")
PRESCRIBING_FINDINGS = Path(__file__).with_name("findings_prescribing")
FOLDERS = {TABLES: FINDINGS, PRESCRIBING_TABLES: PRESCRIBING_FINDINGS}


def in_order(case: Case) -> list[tuple[str, str]]:
    """The cells as they are applied: what is removed whole comes last, others may speak of it."""
    return sorted(case.cells, key=lambda cell: cell[1] == "none")


def asked(case: Case) -> tuple[Request, Patient]:
    """Request and person of a row."""
    row = scene(case.base)
    for column, text in in_order(case):
        apply(row, column, text)
    return row.built()


def drafted(case: Case) -> tuple[Change, Patient]:
    """Draft and person of a row of the prescribing tables."""
    draft = drafts.DRAFTS[case.base]()
    for column, text in in_order(case):
        drafts.apply(draft, column, text)
    return draft.built()


def answers(case: Case, tables: Path, book: RuleBook) -> tuple[Finding, ...]:
    """Everything that is said about a row."""
    if tables == TABLES:
        return check_dispensing(*asked(case), book).findings
    return check_prescription(*drafted(case), book).findings


def own(case: Case, found: tuple[Finding, ...]) -> str:
    """The finding of the row's own rule as a line; nothing when it has nothing to say."""
    return "".join([said(case, one) for one in found if one.rule_id == case.rule_id])


def said(case: Case, finding: Finding) -> str:
    """``[base: cells] severity, way on, lifted by; facts; numbers``."""
    cells = ", ".join(f"{column}={text}" for column, text in case.cells)
    facts = ", ".join(f"{name}={value}" for name, value in finding.facts.items())
    numbers = ", ".join(f"{one.name}={one.value}" for one in finding.limits)
    lifted = f"lifted by {finding.liftable_by or 'nobody'}"
    answer = f"{finding.severity.word}, {finding.way_on}, {lifted}"
    return f"[{case.base}: {cells}] {answer}; {facts or 'no facts'}; {numbers or 'no numbers'}"


def told(tables: Path, book: RuleBook) -> dict[str, str]:
    """What each table's file of findings holds, by the table's name."""
    texts: dict[str, list[str]] = {}
    last = ""
    for case in cases(tables):
        lines = texts.setdefault(case.table, [])
        line = own(case, answers(case, tables, book))
        if line and case.rule_id != last:
            lines += ["", f"## {case.rule_id}"] if lines else [f"## {case.rule_id}"]
            last = case.rule_id
        lines += [line] if line else []
    return {name: "\n".join([*lines, ""]) for name, lines in texts.items()}


def written(tables: Path) -> dict[str, str]:
    """What the files of findings hold now."""
    return {path.stem: path.read_text("utf-8") for path in FOLDERS[tables].glob("*.txt")}
