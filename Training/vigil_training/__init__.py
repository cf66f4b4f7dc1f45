"""Trains the networks in Models/: see Training/README.md."""
