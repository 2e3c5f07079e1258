"""The counter: today's list, check, reserve, give, observe, reverse, close the day."""
