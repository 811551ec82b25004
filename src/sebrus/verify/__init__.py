"""The independent verifier of a release."""
