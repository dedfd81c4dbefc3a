"""Asks somebody who is signed in for their password, before an action that a thief must not do."""

from django.http import HttpRequest

from accounts.models import EventKind, LoginSession, User
from accounts.origins import Origin
from accounts.services.events import event_record

from .limits import proof_count


class WrongPasswordError(Exception):
    """This is not the password of the user who is signed in."""


def own_password_check(
    request: HttpRequest, *, user: User, login: LoginSession | None, password: str
) -> None:
    """Return if this is the password of the user of the request.

    Args:
        login: the row of the token's session, or of the browser's sign-in.

    A wrong password counts as a failed login, and is an event of its own kind.

    Raises WrongPasswordError, and LimitExceededError.
    """
    attempt = proof_count(request, user=user, login=login)
    if not user.check_password(password):
        event_record(EventKind.PASSWORD_WRONG, subject=user, origin=Origin.of(request))
        raise WrongPasswordError
    attempt.give_back()
