"""Treatment in force: prescriptions, arrangements, indkald, and what is recorded beside them."""
