"""Keyset pagination: the rows of a page, and the cursors in its links."""
