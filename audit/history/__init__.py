"""The ledger's clinical entries told to the one projection (``dosing_rules``), and decisions asked.

Reads the ledger's tables only. ``payloads`` decodes, ``telling`` tells a person's entries in order,
``reading`` streams them from the database with memory that does not grow, ``units`` knows places.
"""
