"""Logging in by name and password: how often it may be tried, and how many passwords are hashed at once."""
