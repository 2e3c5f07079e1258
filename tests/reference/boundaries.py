"""Every boundary of every rule, and which of them a person sits on."""

from tests.reference import limits_history, limits_home, limits_order  # each adds its probes
from tests.reference.probing import PROBES, hits

__all__ = ["PROBES", "hits", "limits_history", "limits_home", "limits_order"]
