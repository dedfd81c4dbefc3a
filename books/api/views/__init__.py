"""The views of the canonical API of books."""

from .books import BookViewSet

__all__ = ["BookViewSet"]
