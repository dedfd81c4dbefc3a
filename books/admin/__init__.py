"""Books and their changes in the Django admin."""

from .books import BookAdmin
from .changes import BookChangeAdmin

__all__ = ["BookAdmin", "BookChangeAdmin"]
