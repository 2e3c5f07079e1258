"""Prescriptions: drafts asked of the rules as written, signed as versions, paused, stopped."""
