"""How a person takes the medicine: supervised, at home, by a pharmacy; one version each time."""
