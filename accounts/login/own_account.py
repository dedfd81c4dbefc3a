"""Changes of one's own account, by the API and by a page: with their limits, and the browser's key.

The sender has proved who they are before: accounts/api/reauthentication.py and
accounts/pages/proof.py ask.
"""

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest

from accounts.models import ApiToken, EndReason, LoginSession, SessionKind, User
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.deletion import user_delete
from accounts.services.email_change import email_change_request
from accounts.services.sessions import require_same_epoch, sessions_revoke
from accounts.services.users import user_change_password, user_update_profile
from bookstore_project.errors import ConflictError
from bookstore_project.http.rate_limits import require_limit


def own_password_change(
    request: HttpRequest, *, user: User, password: str, login: LoginSession | None
) -> None:
    """Store a new password, and end every session but `login`, that of the request.

    Raises SessionEndedError.
    """
    with transaction.atomic():
        user_change_password(user=user, password=password, origin=Origin.of(request), keep=login)
        _stay_signed_in(request, user, login)


def own_sessions_end(request: HttpRequest, *, user: User, keep: LoginSession | None) -> None:
    """End the sessions of the user except `keep`, that of the request, or all of them.

    Raises SessionEndedError.
    """
    with transaction.atomic():
        require_same_epoch(user)
        sessions_revoke(user=user, reason=EndReason.REVOKED, origin=Origin.of(request), keep=keep)
        _stay_signed_in(request, user, keep)


def own_name_change(request: HttpRequest, *, user: User, name: str) -> None:
    """Store another name, within a limit, because each name that is given up stays reserved.

    Raises ConflictError, LimitExceededError and SessionEndedError.
    """
    usage = require_limit(request, "rename", key=str(user.public_id))
    try:
        user_update_profile(user=user, origin=Origin.of(request), name=name)
    except ConflictError:
        usage.give_back()
        raise


def own_email_change(request: HttpRequest, *, user: User, email: str) -> None:
    """Mail a token to an address that is to be the user's, within a limit.

    Raises ConflictError, LimitExceededError and SessionEndedError.
    """
    require_limit(request, "reset-mail", key=f"email {user.public_id}")
    email_change_request(user=user, email=email, origin=Origin.of(request))


def own_api_token_create(
    request: HttpRequest, *, user: User, asked: NewToken
) -> tuple[ApiToken, str]:
    """Store an API token, within a limit, and return its row and the token itself.

    Raises ConflictError, LimitExceededError and SessionEndedError.
    """
    usage = require_limit(request, "api-token", key=str(user.public_id))
    try:
        return api_token_create(user=user, asked=asked, origin=Origin.of(request))
    except ConflictError:
        usage.give_back()
        raise


def own_account_remove(request: HttpRequest, *, user: User, login: LoginSession | None) -> None:
    """Delete the account of the user. A browser, whose `login` it is, is signed out.

    Raises ConflictError, SessionEndedError and LongWriteError.
    """
    user_delete(user=user, origin=Origin.of(request))
    if _is_of_browser(login):
        # logout() would record an event of the deleted account.
        request.session.flush()
        request.user = AnonymousUser()


def _stay_signed_in(request: HttpRequest, user: User, login: LoginSession | None) -> None:
    """Give the browser of the request, whose `login` it is, a session of the present epoch."""
    if _is_of_browser(login):
        update_session_auth_hash(request, user)


def _is_of_browser(login: LoginSession | None) -> bool:
    return login is not None and login.kind == SessionKind.BROWSER
