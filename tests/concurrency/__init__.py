"""Contested doses under kills and cuts, and the checker that reads what was left."""
