"""The rules about personal API tokens."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, EventKind, User
from accounts.models.api_token import MAXIMUM_TOKENS
from accounts.origins import Origin
from bookstore_project.db.lock_waits import no_lock_wait
from bookstore_project.digests import sha256_hex
from bookstore_project.errors import ConflictError
from bookstore_project.http.api_token_text import new_token

from .events import event_record
from .sessions import require_same_epoch

# The last use is written again only after this time, so that most requests only read the token.
NOTED_FOR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """What a user chooses about a token. The caller has validated it."""

    name: str
    scopes: Sequence[str]
    # Days until it expires; None for never.
    days: int | None
    keep_on_sign_out: bool = False


def api_token_create(*, user: User, asked: NewToken, origin: Origin) -> tuple[ApiToken, str]:
    """Store a token, and return its row and the token itself, which can't be read again.

    Raises ConflictError (`too_many_api_tokens`), and SessionEndedError if all sessions were ended
    since `user` was read, or the account was deleted.
    """
    token, now = new_token(), timezone.now()
    row = ApiToken(
        user=user,
        name=asked.name,
        digest=sha256_hex(token),
        scope=" ".join(asked.scopes),
        created_at=now,
        expires_at=None if asked.days is None else now + timedelta(days=asked.days),
        epoch=user.session_epoch,
        keep_on_sign_out=asked.keep_on_sign_out,
    )
    with transaction.atomic():
        # Locks the user's row, so that parallel requests can't exceed the bound together.
        require_same_epoch(user)
        if ApiToken.objects.live().filter(user=user).count() >= MAXIMUM_TOKENS:
            raise ConflictError(
                code="too_many_api_tokens",
                detail=f"You have {MAXIMUM_TOKENS} API tokens. End one that you no longer need.",
            )
        row.save(force_insert=True)
        event_record(
            EventKind.API_TOKEN_CREATED, subject=user, origin=origin, detail=_description(row)
        )
    return row, token


def api_token_end(token: ApiToken, *, origin: Origin) -> None:
    """End one token, unless it has ended already."""
    with transaction.atomic():
        deleted, _ = ApiToken.objects.filter(pk=token.pk).delete()
        if deleted:
            event_record(
                EventKind.API_TOKEN_ENDED,
                subject=token.user,
                origin=origin,
                detail=_description(token),
            )


def api_tokens_end(user: User, *, origin: Origin) -> None:
    """End all tokens of a user. Each end is an event."""
    with transaction.atomic():
        for token in ApiToken.objects.live().filter(user=user).select_related("user"):
            api_token_end(token, origin=origin)


def api_token_note_use(token: ApiToken, *, network: str) -> None:
    """Store when and from which network a token is used, at most once an hour.

    The request neither waits for it nor fails because of it: if it can't be written now, a later
    request writes it.
    """
    now = timezone.now()
    if token.last_used_at is not None and token.last_used_at > now - NOTED_FOR:
        return
    due = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_FOR)
    with suppress(Error), no_lock_wait():
        ApiToken.objects.filter(due, pk=token.pk).update(
            last_used_at=now, last_used_network=network or None
        )


def _description(token: ApiToken) -> str:
    """Return what an event says about a token. Its name and its scopes are no secrets."""
    return f"{token.name}: {token.scope}"
