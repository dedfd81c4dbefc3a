"""Accounts in the Django admin."""

from .events import AuthEventAdmin
from .users import UserAdmin

__all__ = ["AuthEventAdmin", "UserAdmin"]
