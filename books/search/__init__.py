"""Finding books by parts of their words; docs/decisions/search.md says why it works this way."""
