"""What happened, kept so that it can be trusted: the ledger now, the yearly audit on top of it.

Never imports the service or the integrations, and never reads their tables.
"""
