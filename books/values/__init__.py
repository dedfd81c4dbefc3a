"""Values of books with rules of their own: prices and ISBNs."""
