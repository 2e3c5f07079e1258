"""Supply orders: which days a person has the medicine from a pharmacy, and until when."""
