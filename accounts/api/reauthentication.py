"""Checks the current password before an action for which a stolen token must not be enough."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.models import EventKind
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.tokens.authentication import authenticated_user, current_login
from bookstore_project.http.rate_limits import require_address_limit, require_limit


def require_password(request: Request, password: str) -> None:
    """Return if `password` is the caller's.

    Failures count against the session of the request, with the same limit as failed logins, and not
    against the account. So neither strangers who fail to log in, nor somebody with a stolen token,
    can block these actions in the owner's own session.

    Raises PermissionDenied (`wrong_password`) and LimitExceededError.
    """
    user, login = authenticated_user(request), current_login(request)
    require_address_limit(request, "login")
    # The keys of logins begin with "name:" (accounts/login/limits.py).
    key = f"session:{login.sid if login else user.public_id}"
    failure = require_limit(request, "failed-login", key=key)
    if not user.check_password(password):
        event_record(EventKind.PASSWORD_WRONG, subject=user, origin=Origin.of(request))
        raise PermissionDenied("This is not your password.", code="wrong_password")
    failure.give_back()
