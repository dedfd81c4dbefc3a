"""The canonical API of books, and what its views are built of."""
