"""Dialects: which columns the files of other programs have, and what they give a book.

Each module is a small table of one program's columns. docs/import-export.md lists them.
"""
