"""The rules about accounts and sessions. Every surface and command calls these functions."""
