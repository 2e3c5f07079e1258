"""FHIR R4 (4.0.1): the counter's own use cases in the words of HL7, exact to the digit."""
