"""Programs that measure what the search and the pages cost, on stores of make_store."""
