"""Users, their login sessions, and the record of what happened to them."""

from .event import AuthEvent, EventKind
from .session import EndReason, LoginSession
from .user import User

__all__ = ["AuthEvent", "EndReason", "EventKind", "LoginSession", "User"]
