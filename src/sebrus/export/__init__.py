"""Releases in the formats machine-learning people load."""
