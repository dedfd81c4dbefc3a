"""The canonical API of accounts."""
