"""What other systems are told: read off the ledger, written down, delivered until it arrives."""
