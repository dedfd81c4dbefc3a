"""Readers of file formats: bytes into rows with the members of books."""
