"""Translators for pharmacies, FHIR and messages. They state what they need as ports."""
