"""Users, their login sessions, their mails, and the record of what happened to them."""

from .event import AuthEvent, EventKind
from .mail import MailKind, QueuedMail
from .session import EndReason, LoginSession
from .user import User

__all__ = [
    "AuthEvent",
    "EndReason",
    "EventKind",
    "LoginSession",
    "MailKind",
    "QueuedMail",
    "User",
]
