"""Benzodiazepines and kin: what is taken in diazepam equivalents, and the slow way down."""
