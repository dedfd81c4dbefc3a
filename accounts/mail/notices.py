"""The events that the owner of an account is told by mail, and the words for each.

An event is told if its kind is in NOTICES: services/events.py queues the mail where it records the
event, so that a new kind needs nothing but its line here.
"""

from dataclasses import dataclass

from accounts.models import EventKind


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The words about an event: the subject of the mail, and a sentence without a full stop."""

    subject: str
    happened: str


NOTICES: dict[str, Notice] = {
    EventKind.LOGIN: Notice(
        subject="A sign-in from a new network",
        happened="somebody signed in to your account at Bookstore from a network that has not been "
        "used for it before",
    ),
    EventKind.PASSWORD_CHANGED: Notice(
        subject="Your password was changed",
        happened="the password of your account at Bookstore was changed",
    ),
    EventKind.PASSWORD_RESET: Notice(
        subject="Your password was reset",
        happened="a new password was set for your account at Bookstore with a token that was "
        "mailed to its address",
    ),
    EventKind.NAME_CHANGED: Notice(
        subject="Your name was changed",
        happened="the name of your account at Bookstore was changed",
    ),
    EventKind.API_TOKEN_CREATED: Notice(
        subject="An API token was made",
        happened="an API token was made for your account at Bookstore, with which a program can "
        "use your books",
    ),
    EventKind.TOTP_ADDED: Notice(
        subject="An authenticator app was added",
        happened="an authenticator app was added to your account at Bookstore: signing in needs "
        "one of its codes from now on",
    ),
    EventKind.TOTP_REMOVED: Notice(
        subject="Your authenticator app was removed",
        happened="the authenticator app was removed from your account at Bookstore: signing in "
        "needs none of its codes any more",
    ),
    EventKind.PASSKEY_ADDED: Notice(
        subject="A passkey was added",
        happened="a passkey was added to your account at Bookstore, with which somebody can sign "
        "in without the password",
    ),
    EventKind.PASSKEY_REMOVED: Notice(
        subject="A passkey was removed",
        happened="a passkey was removed from your account at Bookstore",
    ),
    EventKind.PASSKEY_COPIED: Notice(
        subject="Somebody may have a copy of your passkey",
        happened="a passkey of your account at Bookstore was refused, because its counter was not "
        "higher than before: somebody may have a copy of it, so remove it",
    ),
    EventKind.PROVIDER_LINKED: Notice(
        subject="A sign-in with another provider was added",
        happened="an account of another provider was linked to your account at Bookstore, with "
        "which somebody can sign in without the password",
    ),
    EventKind.PROVIDER_UNLINKED: Notice(
        subject="A sign-in with another provider was removed",
        happened="an account of another provider no longer signs in to your account at Bookstore",
    ),
    EventKind.RECOVERY_CODES_MADE: Notice(
        subject="New recovery codes",
        happened="new recovery codes were made for your account at Bookstore, and the earlier ones "
        "work no more",
    ),
    EventKind.FACTORS_REMOVED: Notice(
        subject="Your second factor was removed",
        happened="an admin removed the second factor of your account at Bookstore: the password "
        "alone is enough to sign in until you set up another",
    ),
}
