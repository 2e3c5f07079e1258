"""Stock and the register of controlled drugs: packages, bottles, waste, counts, transfers."""
