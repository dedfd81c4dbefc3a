"""Keyset pagination: the SQL of a page, and the cursors in its links.

keyset.py makes WHERE and ORDER BY from an ordering and a cursor. pages.py reads the rows; a list
with a search of its own gives it another finder (books: books/search/finder.py). paginator.py is
DRF's interface to both.
"""
