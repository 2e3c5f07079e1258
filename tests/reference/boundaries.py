"""Every boundary of every rule, and which of them a person sits on."""

from tests.reference import limits_history, limits_home, limits_order, limits_recorded
from tests.reference.probing import PROBES, hits

# Each of the modules adds its probes when it is read.
__all__ = ["PROBES", "hits", "limits_history", "limits_home", "limits_order", "limits_recorded"]
