"""Checks again, during a long request, that its user is still allowed to continue."""

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from accounts.models import ApiToken, LoginSession, User
from bookstore_project.errors import SessionEndedError

from .sessions import RIGHTS


def require_still_allowed(
    user: User,
    *,
    session: LoginSession | None,
    browser: SessionBase | None = None,
    api_token: ApiToken | None = None,
    with_factor: bool = False,
) -> None:
    """Check again, during a long request, that its user is still allowed to continue.

    Args:
        user: the account as it was read when the request was authenticated.
        session: the login session of the request's token; None if it sent no such token.
        browser: the browser's session of a request without a token.
        api_token: the request's API token.
        with_factor: whether a second factor that was added since then counts as a change. It does
            for a request that would have been asked to prove it.

    Raises SessionEndedError if the session or token has ended or the account's rights have changed
    since then. A change of the password in a browser replaces its session, and so ends the old one.
    """
    rights = {name: getattr(user, name) for name in RIGHTS}
    users = User.objects.filter(pk=user.pk, **rights)
    if with_factor and not user.has_factor:
        users = users.filter(has_factor=False)
    if session is not None:
        live = LoginSession.objects.live(timezone.now()).filter(sid=session.sid)
        users = users.filter(pk__in=live.values("user"))
    elif api_token is not None:
        users = users.filter(pk__in=ApiToken.objects.live().filter(pk=api_token.pk).values("user"))
    else:
        users = users.filter(session_epoch=user.session_epoch)
    is_signed_out = browser is not None and not browser.exists(browser.session_key or "")
    if is_signed_out or not users.exists():
        raise SessionEndedError
