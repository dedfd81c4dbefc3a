"""Exports books to files and imports them from files. See docs/import-export.md."""
