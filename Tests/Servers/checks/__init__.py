"""The parts of check-server.py."""
