"""Accounts in the Django admin."""

from .api_tokens import ApiTokenAdmin
from .events import AuthEventAdmin
from .users import UserAdmin

__all__ = ["ApiTokenAdmin", "AuthEventAdmin", "UserAdmin"]
