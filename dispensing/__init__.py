"""The service: loads facts, asks the rules, records what happened, answers after the commit."""
