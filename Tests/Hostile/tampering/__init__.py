"""The parts of log.py: what is done to a session log, and what must come of it."""
