"""Keyset pagination: which rows a page has, and how its links are written."""
