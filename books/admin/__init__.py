"""Book records in the Django admin."""

from .books import BookAdmin

__all__ = ["BookAdmin"]
