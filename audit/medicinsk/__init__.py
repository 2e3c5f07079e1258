"""The yearly *medicinsk audit*: indicators M1-M22 per institution and period, from the ledger alone.

``model`` is what comes out (pure values), ``feed`` streams the ledger, ``life`` folds one person,
``indicators`` count, ``year`` runs the pass, ``export`` writes files. docs/audit.md says how to read.
"""
