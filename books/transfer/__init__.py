"""Books out to a file and in from one. See docs/import-export.md."""
