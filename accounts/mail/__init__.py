"""Mails: a queue in the database, and what sends from it."""
