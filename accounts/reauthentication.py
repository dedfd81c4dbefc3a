"""Asking for the password once more, before what a borrowed token must not do."""

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from .authentication import authenticated_user
from .events import event_record
from .login_limits import begin_login, login_succeeded
from .models import EventKind
from .origins import Origin


def require_password(request: Request, password: str) -> None:
    """Let the caller go on if `password` is theirs; a wrong one counts as a failed login.

    Raises PermissionDenied (`wrong_password`) and LimitExceededError.
    """
    user = authenticated_user(request)
    attempt = begin_login(request, user.name)
    if not user.check_password(password):
        event_record(EventKind.LOGIN_FAILED, subject=user, origin=Origin.of(request))
        raise PermissionDenied("This is not your password.", code="wrong_password")
    login_succeeded(request, user.name, attempt)
