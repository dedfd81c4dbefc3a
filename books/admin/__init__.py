"""Books, their changes and deleted books in the Django admin."""

from .books import BookAdmin
from .changes import BookChangeAdmin
from .deleted_books import DeletedBookAdmin

__all__ = ["BookAdmin", "BookChangeAdmin", "DeletedBookAdmin"]
