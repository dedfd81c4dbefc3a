"""Step-up authentication: the user of a session proves again who they are (RFC 9470)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import EventKind, LoginSession, User
from accounts.models.session import SEVERAL_FACTORS, expiry
from accounts.origins import Origin
from bookstore_project.errors import SessionEndedError

from .events import event_record
from .refresh import REFRESHED

# How old the proof of a second factor may be for an action that asks for one.
FRESH_FOR = timedelta(minutes=5)


def session_step_up(
    session: LoginSession, *, methods: Sequence[str], origin: Origin
) -> LoginSession:
    """Store that the user has just proved a second factor, and return the session of its tokens.

    The tokens are of the next generation, as after a refresh, so that those from before prove no
    more than they did. A refresh keeps the proof. The previous refresh token still gets tokens if
    this answer was lost, and they are without the proof (refresh.py).

    Args:
        session: the session of the request's token, which is not ended.
        methods: the RFC 8176 methods of the factor. Those of the session are kept beside them.

    Raises SessionEndedError if the session ended meanwhile.
    """
    now = timezone.now()
    with transaction.atomic():
        is_stored = (
            LoginSession.objects.unended(now)
            .filter(sid=session.sid)
            .update(
                generation=F("generation") + 1,
                undelivered_generation=F("generation") + 1,
                refreshed_at=now,
                refreshed_address=origin.address,
                expires_at=expiry(created_at=session.created_at, refreshed_at=now),
                **_proof(session.methods, methods=methods, now=now),
            )
        )
        if not is_stored:
            raise SessionEndedError
        # The UPDATE has locked the row, so that no refresh comes between.
        session.refresh_from_db(fields=REFRESHED)
        stepped_up_record(session.user, origin=origin)
    return session


def proof_store(login: LoginSession, *, methods: Sequence[str]) -> None:
    """Store that the user of a browser has just proved a second factor.

    Args:
        login: the row of the browser's sign-in, which is changed too.
        methods: the RFC 8176 methods of the factor. Those of the sign-in are kept beside them.

    Raises SessionEndedError if the sign-in ended meanwhile.
    """
    now = timezone.now()
    proof = _proof(login.methods, methods=methods, now=now)
    if not LoginSession.objects.unended(now).filter(sid=login.sid).update(**proof):
        raise SessionEndedError
    login.authenticated_at, login.amr = now, proof["amr"]


def _proof(before: Sequence[str], *, methods: Sequence[str], now: datetime) -> dict[str, Any]:
    """Return the columns of a proof by a second factor, beside the methods `before` it."""
    return {"authenticated_at": now, "amr": " ".join(methods_with_factor(before, methods))}


def stepped_up_record(user: User, *, origin: Origin) -> None:
    """Record that a user has proved again who they are."""
    event_record(EventKind.STEPPED_UP, subject=user, origin=origin)


def methods_with_factor(before: Sequence[str], methods: Sequence[str]) -> tuple[str, ...]:
    """Return the methods of a proof by a second factor, beside those `before` it."""
    factors = dict.fromkeys([*before, *methods])
    factors.pop(SEVERAL_FACTORS, None)
    return (*factors, SEVERAL_FACTORS)
