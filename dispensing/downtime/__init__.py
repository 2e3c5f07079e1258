"""Downtime: the emergency list on paper, what was handed out from it, and the way back."""
