"""Mails: a queue in the database, and the code that sends from it."""
