"""Moves: away at a place outside the service and back, and the treatment at another unit."""
