"""Checks of the training's pieces: cd Training && python -m unittest discover -t . -s tests."""
