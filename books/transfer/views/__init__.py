"""The canonical API of exports and imports."""
