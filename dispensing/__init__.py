"""The dispensing service: composes the rules, the ledger and the integrations."""

__version__ = "0.1.0"
