"""Who a person in treatment is: numbers, look-alikes, and two records of one human."""
