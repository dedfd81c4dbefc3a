"""An access token for somebody who is signed in with a browser, to try the API in a terminal."""

from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from accounts.models import EventKind, LoginSession, SessionKind, User
from accounts.models.session import MAXIMUM_AGENT_LENGTH
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.services.sessions import require_same_epoch
from bookstore_project.errors import SessionEndedError

from .classes import AccessToken

# How the row of such a session, and its event, begin in place of the name of a program.
MARK = "access token of the account page"


def page_token_make(*, user: User, browser: LoginSession, origin: Origin) -> AccessToken:
    """Return an access token of a new session, which is listed and ends with the token.

    It ends with the browser's session at the latest. There is no refresh token, so that somebody
    with a stolen browser session has no more of it than the 45 minutes. The token proves what the
    sign-in of the browser proves, and no more.

    Args:
        user: as the browser's request has read it.
        browser: the row of the browser's sign-in.

    Raises SessionEndedError if the sign-in ended meanwhile.
    """
    now = timezone.now()
    session = LoginSession(
        user=user,
        kind=SessionKind.TOKEN,
        epoch=user.session_epoch,
        created_at=now,
        refreshed_at=now,
        expires_at=now + api_settings.ACCESS_TOKEN_LIFETIME,
        browser=browser.sid,
        address=origin.address,
        user_agent=f"{MARK}, by {origin.user_agent}"[:MAXIMUM_AGENT_LENGTH],
        authenticated_at=browser.proved_at,
        amr=browser.amr,
    )
    with transaction.atomic():
        require_same_epoch(user)
        if not LoginSession.objects.live(now).filter(sid=browser.sid).exists():
            raise SessionEndedError
        event_record(EventKind.LOGIN, subject=user, origin=origin, detail=MARK, is_told=False)
        session.save(force_insert=True)
    return AccessToken.of(session)


def is_page_token(session: LoginSession) -> bool:
    """Return whether a session is one of page_token_make()."""
    return session.kind == SessionKind.TOKEN and session.user_agent.startswith(MARK)
