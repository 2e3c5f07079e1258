"""The yearly *medicinsk audit*: indicators M1-M22 by institution and period, from the ledger alone.

``model`` is what comes out (pure values), ``feed`` streams the ledger, ``life`` folds a person,
``indicators`` count, ``year`` runs the pass, ``export`` writes files. docs/audit.md tells of each.
"""
