"""Finds books by parts of their words. docs/decisions/search.md explains the design.

finder.py reads the rows of every list of books: without a text to search for and another filter, it
leaves that to bookstore_project/paging/pages.py.
"""
