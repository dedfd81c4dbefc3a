"""Account events, such as logins and password changes: written once, never changed."""

from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookstore_project.speed.inserts import CompiledInsertMixin

from .session import MAXIMUM_AGENT_LENGTH
from .user import User


class EventKind(models.TextChoices):
    """The kinds of events. The labels are shown in the admin and to the owner."""

    LOGIN = "login", _("signed in")
    LOGIN_FAILED = "login_failed", _("wrong name or password")
    LOGIN_REFUSED = "login_refused", _("sign-in refused by a limit")
    PASSWORD_WRONG = "password_wrong", _("wrong current password")
    SECOND_FACTOR_ASKED = "second_factor_asked", _("right password; second factor asked for")
    SECOND_FACTOR_FAILED = "second_factor_failed", _("wrong code of a second factor")
    STEPPED_UP = "stepped_up", _("identity proved again")
    LOGOUT = "logout", _("signed out")
    REFRESH_REUSED = "refresh_reused", _("old refresh token used again")
    REFRESH_REPEATED = "refresh_repeated", _("tokens sent again, to another network")
    SESSION_REVOKED = "session_revoked", _("session ended")
    SESSIONS_REVOKED = "sessions_revoked", _("all sessions ended")
    OTHER_SESSIONS_REVOKED = "other_sessions_revoked", _("all other sessions ended")
    API_TOKEN_CREATED = "api_token_created", _("API token made")
    API_TOKEN_ENDED = "api_token_ended", _("API token ended")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    PASSWORD_RESET_REQUESTED = "password_reset_requested", _("password reset requested")
    PASSWORD_RESET = "password_reset", _("password reset")
    EMAIL_CHANGE_REQUESTED = "email_change_requested", _("email change requested")
    EMAIL_CHANGED = "email_changed", _("email changed")
    EMAIL_CONFIRMED = "email_confirmed", _("email confirmed")
    EMAIL_DROPPED = "email_dropped", _("email confirmed by another account")
    MAIL_FAILED = "mail_failed", _("mail could not be sent")
    NAME_CHANGED = "name_changed", _("name changed")
    ROLE_CHANGED = "role_changed", _("role changed")
    ACTIVE_CHANGED = "active_changed", _("activated or deactivated")
    KEY_CHANGED = "key_changed", _("signing key changed")
    TOTP_ADDED = "totp_added", _("authenticator app added")
    TOTP_REMOVED = "totp_removed", _("authenticator app removed")
    PASSKEY_ADDED = "passkey_added", _("passkey added")
    PASSKEY_REMOVED = "passkey_removed", _("passkey removed")
    PASSKEY_FAILED = "passkey_failed", _("passkey refused")
    PASSKEY_COPIED = "passkey_copied", _("passkey refused: perhaps a copy")
    PROVIDER_LINKED = "provider_linked", _("provider linked")
    PROVIDER_UNLINKED = "provider_unlinked", _("provider removed")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("recovery codes made")
    RECOVERY_CODE_USED = "recovery_code_used", _("recovery code used")
    FACTORS_REMOVED = "factors_removed", _("second factors removed by an admin")
    ACCOUNT_INVITED = "account_invited", _("account made, and invited")
    ACCOUNT_EXPORTED = "account_exported", _("account data exported")
    ACCOUNT_DELETED = "account_deleted", _("account deleted")


class AuthEventQuerySet(models.QuerySet["AuthEvent"]):
    def about(self, user: User) -> Self:
        """Return the events of a user's account, also those that somebody else caused."""
        return self.filter(subject_id=user.public_id)


class AuthEvent(CompiledInsertMixin):
    """An event of an account: its kind, the account, who did it, and from where.

    Accounts are named by `public_id` and by their name at that time, not by foreign keys, because
    the record outlives them. The database itself refuses to change a row (see the migration);
    `manage.py prune` removes rows that are older than AUTH_EVENT_DAYS.
    """

    at = models.DateTimeField(_("time"), default=timezone.now)
    kind = models.CharField(_("event"), max_length=30, choices=EventKind.choices)
    subject_id = models.UUIDField(_("account (public_id)"), null=True)
    subject_name = models.CharField(_("account"), max_length=255)
    actor_id = models.UUIDField(_("done by (public_id)"), null=True)
    actor_name = models.CharField(_("done by"), max_length=255)
    address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("user agent"), max_length=MAXIMUM_AGENT_LENGTH)
    request_id = models.CharField(_("request id"), max_length=128)
    detail = models.CharField(_("detail"), max_length=255)

    objects = AuthEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
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
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M %Z}"

    def is_by(self, user: User) -> bool:
        """Return whether the user did it while signed in."""
        return self.actor_id == user.public_id

    def is_by_another(self, user: User) -> bool:
        """Return whether somebody else did it while signed in, whose address is not the user's."""
        return self.actor_id is not None and not self.is_by(user)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert a new row. An existing row is never updated."""
        super().save(*args, **{**kwargs, "force_insert": True})
