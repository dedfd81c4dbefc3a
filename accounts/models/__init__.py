"""Users, and their sessions."""

from .session import EndReason, LoginSession
from .user import User

__all__ = ["EndReason", "LoginSession", "User"]
