"""The doctor's morning: everything of the unit that waits for a doctor, in one list."""
