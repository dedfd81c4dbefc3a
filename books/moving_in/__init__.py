"""Imports users and books from the file of the Flask tutorial. See docs/moving-in.md."""
