"""The sessions of browsers, as Django's framework stores them, each bound to its login."""

from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookstore_project.digests import sha256_hex

from .session import LoginSession, SessionKind
from .user import User

# The digest of a key is cut to the length of Django's column, 160 bits: a key has as many.
DIGEST_LENGTH = 40


def row_key(session_key: str | None) -> str:
    """Return the key of the row of a browser, which has the key in its cookie.

    A copy of the database has no key with which anybody could act as a user who is signed in.
    """
    return sha256_hex(session_key or "")[:DIGEST_LENGTH]


class BrowserSessionManager(BaseSessionManager["BrowserSession"]):
    def get_queryset(self) -> QuerySet["BrowserSession"]:
        """Return the sessions whose login has not ended, and those of anonymous visitors."""
        is_live = Q(login__revoked_at=None, login__expires_at__gt=timezone.now())
        return super().get_queryset().select_related("login").filter(Q(login=None) | is_live)


class BrowserSession(AbstractBaseSession):
    """What Django keeps about a browser, found by the digest of the key in its cookie.

    `login` is None for a visitor who is not signed in. The key changes at a sign-in and at a change
    of the password; the login stays the same. The reference has no constraint, so that deleting
    logins needs no look into this table: a row without its login is not accepted.
    """

    login = models.ForeignKey(
        LoginSession, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )

    objects: ClassVar[BrowserSessionManager] = BrowserSessionManager()
    # With those whose login has ended.
    stored: "ClassVar[models.Manager[BrowserSession]]" = models.Manager()

    def __str__(self) -> str:
        # Without the key, because this may be logged.
        return f"browser of {self.login}"


def listed_sessions(user: User) -> QuerySet[LoginSession]:
    """Return the live sessions of a user, of programs and of browsers, with `ends_at`.

    A browser whose own row was removed (by `clearsessions`, or a sign-out that was not recorded) is
    signed in no more, so that it is not among them.
    """
    rows = BrowserSession.stored.filter(login=OuterRef("sid"), expire_date__gt=timezone.now())
    return (
        LoginSession.objects.live()
        .filter(user=user)
        .annotate(kept_until=Subquery(rows.order_by("-expire_date").values("expire_date")[:1]))
        .filter(Q(kind=SessionKind.TOKEN) | Q(kept_until__isnull=False))
        .annotate(ends_at=Coalesce(F("kept_until"), F("expires_at")))
    )
