"""Users, their factors, sessions, API tokens, networks, queued mails, and the record of events."""

from .api_token import ApiToken
from .browser_session import BrowserSession
from .event import AuthEvent, EventKind
from .factor import LoginTicket, RecoveryCode, TotpFactor
from .freed_name import FreedName
from .known_network import KnownNetwork
from .mail import MailKind, QueuedMail
from .passkey import Passkey, PasskeyOwner, UsedChallenge
from .provider_link import ProviderLink
from .session import EndReason, LoginSession, SessionKind
from .user import User

__all__ = [
    "ApiToken",
    "AuthEvent",
    "BrowserSession",
    "EndReason",
    "EventKind",
    "FreedName",
    "KnownNetwork",
    "LoginSession",
    "LoginTicket",
    "MailKind",
    "Passkey",
    "PasskeyOwner",
    "ProviderLink",
    "QueuedMail",
    "RecoveryCode",
    "SessionKind",
    "TotpFactor",
    "UsedChallenge",
    "User",
]
