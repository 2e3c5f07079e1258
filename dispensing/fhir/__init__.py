"""The FHIR face of the counter: its port filled with the counter's own use cases."""
