"""Buprenorphine first: the offer to every new patient, the answer, and why somebody has another."""
