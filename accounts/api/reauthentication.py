"""Asks again who the user is, before an action for which a stolen token must not be enough.

An account with a second factor proves that factor, at most five minutes before: with its sign-in,
or by POST auth/step-up (docs/decisions/step-up.md). Any other account sends its password along.
"""

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.login import browser_proof
from accounts.login.own_password import WrongPasswordError, own_password_check
from accounts.models import User
from accounts.models.session import SEVERAL_FACTORS
from accounts.services.step_up import FRESH_FOR
from accounts.services.still_allowed import require_still_allowed
from accounts.tokens.authentication import authenticated_user, current_login, token_session
from accounts.tokens.classes import AccessToken
from bookstore_project.api.errors import StepUpRequired

MAX_AGE = int(FRESH_FOR.total_seconds())


def reauthenticate(request: Request, password: str | None) -> None:
    """Return if the caller is the owner of the account.

    Args:
        request: of a user, with a token of a session or with a browser's session.
        password: the one in the request; None if there is none, which the serializer allows to
            accounts with a second factor alone (CurrentPasswordField). Theirs is not read.

    Raises StepUpRequired, PermissionDenied (`wrong_password`), LimitExceededError, and
    SessionEndedError if the session has ended while the password was checked.
    """
    user = authenticated_user(request)
    if user.has_factor:
        require_fresh_factor(request)
    else:
        _require_password(request, user, password or "")
        _require_same_session(request, user)


def require_fresh_factor(request: Request) -> None:
    """Raise StepUpRequired if the caller has a second factor and has not proved it just now.

    For actions that ask accounts without a factor for nothing.
    """
    if authenticated_user(request).has_factor and not _has_fresh_factor(request):
        raise StepUpRequired(max_age=MAX_AGE)


def _has_fresh_factor(request: Request) -> bool:
    """Return whether the request itself proves a factor: by the token's claims, not by its session.

    Otherwise a token that was stolen before would prove as much as its owner has since.
    """
    if request.auth is None:
        return browser_proof.has_fresh_factor(request.session)
    claims = request.auth.payload if isinstance(request.auth, AccessToken) else {}
    age = timezone.now().timestamp() - claims.get("auth_time", 0)
    return SEVERAL_FACTORS in claims.get("amr", ()) and age <= MAX_AGE


def _require_password(request: Request, user: User, password: str) -> None:
    try:
        own_password_check(request, user=user, login=current_login(request), password=password)
    except WrongPasswordError as error:
        raise PermissionDenied("This is not your password.", code="wrong_password") from error


def _require_same_session(request: Request, user: User) -> None:
    """Look again whether the caller is signed in, with the same rights: a hash takes a while.

    What ended or changed before the body was there is known already (http/held_body.py). One query,
    and two for a browser.

    Raises SessionEndedError.
    """
    require_still_allowed(
        user,
        session=token_session(request),
        browser=request.session if request.auth is None else None,
        with_factor=True,
    )
