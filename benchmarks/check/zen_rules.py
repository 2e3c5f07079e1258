"""The 80 rules once more, by hand, as rows of a decision table over the flat facts.

A row fires when every cell holds; ``$`` is the fact the cell stands under, ``{...}`` a number of
the rule book. Rows of one rule exclude each other, so that collecting all rows that fire gives each
rule at most once. The same rows, joined with ``and``, are the expressions of the best form.
"""

from benchmarks.check.zen_cells import Row
from benchmarks.check.zen_dose import DOSE
from benchmarks.check.zen_person import PERSON

ROWS: tuple[Row, ...] = (*PERSON, *DOSE)
