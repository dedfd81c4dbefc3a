"""Finds books by parts of their words. docs/decisions/search.md explains the design."""
