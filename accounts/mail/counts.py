"""Counts mails to a mailbox, so that nobody can flood it."""

from dataclasses import dataclass, replace

from accounts.identity.emails import email_key
from accounts.models import QueuedMail, User
from bookstore_project.http.rate_limits import Limit, Usage

# So many times the quota of mails to one mailbox are sent for accounts that ask for the first time.
FIRST_CONFIRMATIONS = 4
# So many times that quota of notices, of all kinds together, are sent to one mailbox.
ALL_NOTICES = 4


@dataclass(frozen=True, kw_only=True)
class MailCount:
    """A mail that was counted. It may be sent unless the limit is exceeded.

    A sender that fails gives the uses back, because the limits count received mails.
    """

    usages: tuple[Usage, ...]

    @property
    def is_exceeded(self) -> bool:
        return self.usages[-1].is_exceeded

    def give_back(self) -> bool:
        """Undo the count. Returns False if the counters are unavailable."""
        return all(usage.give_back() for usage in self.usages)


def mail_count(kind: str, email: str) -> MailCount:
    """Count a mail of that kind to an address.

    Mails are counted per mailbox, not per account, so that many accounts together can't flood one.
    """
    return MailCount(usages=(Limit.named("reset-mail").take(f"{kind}:{email_key(email)}"),))


def confirmation_count(email: str, account: User) -> MailCount:
    """Count a confirmation to an address that an account asked for.

    Anyone may ask for confirmations of somebody else's address, and none of these is of use to its
    owner. So the first mail of an account in an hour is not counted with the further ones of all:
    only as many accounts as FIRST_CONFIRMATIONS quotas allow could keep the owner from it.
    """
    limit, mailbox = Limit.named("reset-mail"), f"confirmation:{email_key(email)}"
    own = limit.take(f"{mailbox}:{account.public_id}")
    if own.used > 1:
        return MailCount(usages=(own, limit.take(mailbox)))
    firsts = replace(limit, quota=FIRST_CONFIRMATIONS * limit.quota).take(f"{mailbox}:first")
    if firsts.is_exceeded:
        # The account's next request is its first one again.
        own.give_back()
    return MailCount(usages=(own, firsts))


def security_count(mail: QueuedMail) -> MailCount:
    """Count the notice of an event, for its kind and account and for its mailbox.

    The kinds are counted apart, so that nobody hides a new password behind many sign-ins.
    """
    limit, mailbox = Limit.named("reset-mail"), f"security:{email_key(mail.address)}"
    own = limit.take(f"{mailbox}:{mail.account_id}:{mail.event_kind}")
    if own.is_exceeded:
        return MailCount(usages=(own,))
    every = replace(limit, quota=ALL_NOTICES * limit.quota).take(mailbox)
    return MailCount(usages=(own, every))
