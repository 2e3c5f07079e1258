"""Seeing across units: emergency access with its review, and who has looked at a person."""
