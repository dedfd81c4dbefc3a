"""The bookstore's project: the packages that both apps share, and the settings."""

__version__ = "1.2.0"
