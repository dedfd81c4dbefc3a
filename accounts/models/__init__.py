"""Users, their factors, sessions, API tokens, networks, queued mails, and the record of events."""

from .api_token import ApiToken
from .event import AuthEvent, EventKind
from .factor import LoginTicket, RecoveryCode, TotpFactor
from .freed_name import FreedName
from .known_network import KnownNetwork
from .mail import MailKind, QueuedMail
from .session import EndReason, LoginSession
from .user import User

__all__ = [
    "ApiToken",
    "AuthEvent",
    "EndReason",
    "EventKind",
    "FreedName",
    "KnownNetwork",
    "LoginSession",
    "LoginTicket",
    "MailKind",
    "QueuedMail",
    "RecoveryCode",
    "TotpFactor",
    "User",
]
