"""Values of a book that have rules of their own: prices and ISBNs."""
