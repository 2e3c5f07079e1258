"""Other medicine: the list, what each means by the rules, and what the counter is told of it."""
