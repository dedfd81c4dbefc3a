"""The queue of mails to be sent."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from .session import MAXIMUM_AGENT_LENGTH
from .user import User

# A mail that could not be sent within this time is given up.
MAXIMUM_AGE = timedelta(days=1)
# How long a sender leases a mail: longer than a conversation with a mail server can take, each step
# of which is limited by settings.EMAIL_TIMEOUT.
LEASE = timedelta(minutes=5)
# The pause between attempts is one minute at first, and doubles up to the maximum.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
# The maximum number of mails whose accounts have not been looked up: strangers add them.
MAXIMUM_UNRESOLVED = 1_000


class MailKind(models.TextChoices):
    """The kinds of mails. The labels are stored in events and logged, so they stay English."""

    RESET = "reset", "password reset"
    CONFIRMATION = "confirmation", "confirmation of an address"
    CHANGED = "changed", "notice of a changed address"
    REMOVED = "removed", "notice of a removed address"
    NOTICE = "notice", "notice of an event"
    # A request for further confirmations, from which these are made.
    RESEND = "resend", "request for a confirmation"
    INVITATION = "invitation", "invitation"


class QueuedMailQuerySet(models.QuerySet["QueuedMail"]):
    def due(self) -> Self:
        """Return the mails that are due and that no sender has leased, the longest due first."""
        return self.unleased().filter(due_at__lte=Now()).order_by("due_at", "id")

    def unleased(self) -> Self:
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=Now()))

    def unresolved(self) -> Self:
        """Return the mails whose accounts have not been looked up."""
        return self.filter(account_id=None)

    def too_old(self) -> Self:
        return self.filter(created_at__lte=Now() - MAXIMUM_AGE)

    def of_attempt(self, mail: "QueuedMail") -> Self:
        """Return the mail itself, unless another sender has leased it since it was read."""
        return self.filter(pk=mail.pk, attempts=mail.attempts)

    def changes_of_address(self, user: User) -> Self:
        """Return the confirmations of addresses other than the one that the user has."""
        mails = self.filter(kind=MailKind.CONFIRMATION, account_id=user.public_id)
        return mails.exclude(address=user.email or "")

    def replaced_by(self, mail: "QueuedMail", account_id: object) -> Self:
        """Return the earlier password resets of an account: one mail answers all."""
        return self.filter(kind=MailKind.RESET, account_id=account_id, pk__lt=mail.pk)

    def lease(self, mail: "QueuedMail") -> bool:
        """Lease a mail for one attempt, and return whether no other sender was faster.

        One conditional UPDATE by the database's clock: exactly one sender gets the mail, and none
        keeps a transaction or a lock open while it talks to a mail server. The lease of a sender
        that is killed expires.
        """
        is_taken = (
            self.of_attempt(mail)
            .unleased()
            .update(attempts=F("attempts") + 1, leased_until=Now() + LEASE, is_counted=True)
        )
        if is_taken:
            mail.attempts += 1
        return bool(is_taken)


class QueuedMail(models.Model):
    """A mail to be sent: its kind and its address, without a token and without a text.

    Both are created when it is sent. Then the row is deleted, and with it the address. The account
    is named by its `public_id`, not by a foreign key, because a notice may outlive it. A mail that
    a stranger asked for has no account until the sender has looked up the address.
    """

    kind = models.CharField(max_length=20, choices=MailKind.choices)
    account_id = models.UUIDField("account (public_id)", null=True)
    address = models.CharField(max_length=254)
    # The account's state when a confirmation was queued. A later change makes the mail void.
    session_epoch = models.PositiveIntegerField(null=True)
    email_version = models.PositiveIntegerField(null=True)
    # The EventKind that a notice is about.
    event_kind = models.CharField(max_length=30, default="", db_default="")
    # The client that requested a password reset, for the event that is recorded later; or the one
    # that caused the event of a notice.
    client_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=MAXIMUM_AGENT_LENGTH, default="")
    request_id = models.CharField(max_length=128, default="")
    # All times are by the database's clock, because several machines send from one table.
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    # The end of a sender's lease. If it has passed, that sender was killed.
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    # Whether the mail counts against the limit of its address. lease() sets this before the mail
    # is counted, so that a sender that is killed in between can't cause a second count.
    is_counted = models.BooleanField(default=False)

    objects = QueuedMailQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "reset",
                        "confirmation",
                        "changed",
                        "removed",
                        "notice",
                        "resend",
                        "invitation",
                    ]
                ),
                name="mail_kind_known",
            ),
            models.CheckConstraint(condition=~Q(address=""), name="mail_has_address"),
            models.CheckConstraint(
                condition=Q(kind__in=["reset", "resend"]) | Q(account_id__isnull=False),
                name="mail_of_an_account",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="confirmation",
                    session_epoch__isnull=False,
                    email_version__isnull=False,
                )
                | (
                    ~Q(kind="confirmation")
                    & Q(session_epoch__isnull=True, email_version__isnull=True)
                ),
                name="mail_confirmation_has_state",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["reset", "notice"])
                | Q(client_address__isnull=True, user_agent=""),
                name="mail_origin_of_a_reset",
            ),
            models.CheckConstraint(
                condition=(Q(kind="notice") & ~Q(event_kind=""))
                | (~Q(kind="notice") & Q(event_kind="")),
                name="mail_notice_has_event",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="mail_due"),
            models.Index(fields=["created_at"], name="mail_created"),
            models.Index(fields=["account_id", "kind"], name="mail_account"),
            models.Index(
                fields=["due_at", "id"], condition=Q(account_id=None), name="mail_unresolved"
            ),
        ]

    def __str__(self) -> str:
        # Without the address, because this may be logged.
        return f"{self.get_kind_display()}, attempt {self.attempts}"


def pause_after(attempts: int) -> timedelta:
    """Return the pause after the `attempts`-th failed attempt to send a mail."""
    doublings = min(attempts - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
