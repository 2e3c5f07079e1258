"""Indkald: who is due, a year's proposal that levels the load, the period and its conclusion."""
