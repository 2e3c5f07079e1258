"""People who work here: staff, roles, sign-in and sessions."""
