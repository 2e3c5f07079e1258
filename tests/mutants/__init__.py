"""Mutation tests of ``dosing_rules``: the core is damaged in one place, and some test must notice.

``python -m tests.mutants`` (``make mutants``); why this is no library stands in
``docs/decisions/0016-own-mutation-runner.md``.
"""
