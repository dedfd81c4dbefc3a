"""Checking a password.

Hashers, limits on failed attempts, and the networks that a user is known from.
"""
