"""Differences between the database engines, and bounds on every wait for a database or Redis."""
