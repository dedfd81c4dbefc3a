"""The rules about books. Every surface and command calls these functions."""
