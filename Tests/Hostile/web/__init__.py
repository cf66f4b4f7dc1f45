"""The parts of http_attacks.py."""
