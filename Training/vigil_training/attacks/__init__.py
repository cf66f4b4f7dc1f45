"""Presentation attacks: rooms left out, two views of a face, limits that travel."""
