"""The ledger, and the figures computed from it."""
