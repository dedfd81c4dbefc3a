"""Asking for the password once more, before what a borrowed token must not do."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.models import EventKind
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.tokens.authentication import authenticated_user, current_session
from bookstore_project.http.rate_limits import require_address_limit, require_limit


def require_password(request: Request, password: str) -> None:
    """Let the caller go on if `password` is theirs.

    Failures count against the session that they come from, as many as an account has at login, and
    not against the account: strangers at the login can't keep its owner from these pages, nor can
    whoever has a stolen token keep the owner's own session from them.

    Raises PermissionDenied (`wrong_password`) and LimitExceededError.
    """
    user, session = authenticated_user(request), current_session(request)
    require_address_limit(request, "login")
    # No name has a colon: this is no account's counter.
    key = f"session:{session.sid}" if session else f"browsers:{user.public_id}"
    failure = require_limit(request, "failed-login", key=key)
    if not user.check_password(password):
        event_record(EventKind.LOGIN_FAILED, subject=user, origin=Origin.of(request))
        raise PermissionDenied("This is not your password.", code="wrong_password")
    failure.give_back()
