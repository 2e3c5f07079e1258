"""The hand-out as the counter sends it: HTTP, two round trips, a durable commit."""
