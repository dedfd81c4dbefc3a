"""The record of what happened to accounts: written once, never changed."""

from typing import Any, Self

from django.db import models
from django.utils import timezone

from bookstore_project.speed.inserts import CompiledInsertMixin

from .session import MAXIMUM_AGENT_LENGTH
from .user import User


class EventKind(models.TextChoices):
    """What happened."""

    LOGIN = "login", "login"
    LOGIN_FAILED = "login_failed", "failed login"
    LOGOUT = "logout", "logout"
    REFRESH_REUSED = "refresh_reused", "old refresh token used again"
    REFRESH_REPEATED = "refresh_repeated", "tokens given again to another network"
    SESSION_REVOKED = "session_revoked", "session ended"
    SESSIONS_REVOKED = "sessions_revoked", "signed out everywhere"
    PASSWORD_CHANGED = "password_changed", "password changed"
    PASSWORD_RESET_REQUESTED = "password_reset_requested", "password reset asked for"
    PASSWORD_RESET = "password_reset", "password reset"
    EMAIL_CHANGE_REQUESTED = "email_change_requested", "email change asked for"
    EMAIL_CHANGED = "email_changed", "email changed"
    MAIL_FAILED = "mail_failed", "mail could not be sent"
    NAME_CHANGED = "name_changed", "name changed"
    ROLE_CHANGED = "role_changed", "role changed"
    ACTIVE_CHANGED = "active_changed", "activated or deactivated"
    KEY_CHANGED = "key_changed", "signing key changed"
    ACCOUNT_DELETED = "account_deleted", "account deleted"


class AuthEventQuerySet(models.QuerySet["AuthEvent"]):
    def about(self, user: User) -> Self:
        """Return what happened to a user's account, whoever did it."""
        return self.filter(subject_id=user.public_id)


class AuthEvent(CompiledInsertMixin):
    """Something that happened to an account: what, on whom, by whom, from where.

    Accounts are named by `public_id` and by the name of that day, not by foreign keys: the record
    outlives them. The database itself refuses to change a row (see the migration); `manage.py
    prune` removes those that are older than AUTH_EVENT_DAYS.
    """

    at = models.DateTimeField("when", default=timezone.now)
    kind = models.CharField("what", max_length=30, choices=EventKind.choices)
    subject_id = models.UUIDField("on whom (public_id)", null=True)
    subject_name = models.CharField("on whom", max_length=255)
    actor_id = models.UUIDField("by whom (public_id)", null=True)
    actor_name = models.CharField("by whom", max_length=255)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=MAXIMUM_AGENT_LENGTH)
    request_id = models.CharField("request id", max_length=128)
    detail = models.CharField(max_length=255)

    objects = AuthEventQuerySet.as_manager()

    class Meta:
        verbose_name = "account event"
        indexes = [
            models.Index(fields=["at", "id"], name="event_at"),
            models.Index(fields=["kind", "at", "id"], name="event_kind"),
            models.Index(fields=["subject_id", "at", "id"], name="event_subject"),
            models.Index(fields=["actor_id", "at", "id"], name="event_actor"),
            models.Index(fields=["address", "at", "id"], name="event_address"),
            models.Index(fields=["request_id"], name="event_request"),
            models.Index(fields=["subject_name"], name="event_subject_name"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new row, and nothing but a new row."""
        super().save(*args, **{**kwargs, "force_insert": True})
