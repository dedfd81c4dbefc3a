"""Records account events."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from accounts.mail.queue import security_mail_queue
from accounts.models import AuthEvent, EventKind, User
from accounts.origins import Origin

# The kind of event that records a change of each field.
KINDS = {
    "name": EventKind.NAME_CHANGED,
    "email": EventKind.EMAIL_CHANGED,
    "admin": EventKind.ROLE_CHANGED,
    "editor": EventKind.ROLE_CHANGED,
    "is_superuser": EventKind.ROLE_CHANGED,
    "is_active": EventKind.ACTIVE_CHANGED,
}


def event_record(  # noqa: PLR0913  # each by its name
    kind: EventKind,
    *,
    subject: User | None,
    origin: Origin,
    detail: str = "",
    at: datetime | None = None,
    is_told: bool = True,
) -> AuthEvent:
    """Store an event of the account `subject`, or of no account. Its time is `at`, or else now.

    The owner of the account is told by mail about the kinds in mail/notices.py, unless `is_told` is
    false. Call this in the transaction of the change itself, so that neither the change, nor the
    event, nor the mail is stored without the others.
    """
    event = AuthEvent.objects.create(
        at=at or timezone.now(),
        kind=kind,
        subject_id=subject.public_id if subject else None,
        subject_name=subject.name if subject else "",
        actor_id=origin.actor.public_id if origin.actor else None,
        actor_name=origin.actor.name if origin.actor else "",
        address=origin.address,
        user_agent=origin.user_agent,
        request_id=origin.request_id,
        detail=detail,
    )
    if is_told and subject is not None:
        security_mail_queue(event, user=subject)
    return event


def changes_record(*, user: User, fields: Iterable[str], origin: Origin) -> None:
    """Store one event for each changed field. Raises KeyError for a field that is not in KINDS."""
    for field in fields:
        event_record(KINDS[field], subject=user, origin=origin, detail=_change(user, field))


def _change(user: User, field: str) -> str:
    value = getattr(user, field)
    if field == "email":
        # Without the address, which its owner may want forgotten.
        return "" if value else "removed"
    return f"{field}: {value}" if isinstance(value, str) else f"{field}: {'yes' if value else 'no'}"
