"""What is printed for a person: labels of take-home doses and the slip. Pure; no database."""
