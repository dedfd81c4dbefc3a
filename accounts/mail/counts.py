"""Counts the mails to a mailbox, so that nobody fills it.

Mails are counted for each mailbox, not for each account, because many accounts together could fill
one. But no number of strangers may use up what the owner of an account is to be told: anyone can
give an address that they do not have, as long as nobody has confirmed it.
"""

from dataclasses import dataclass, replace
from typing import Any

from accounts.identity.emails import email_key
from accounts.models import QueuedMail, User
from bookstore_project.http.rate_limits import Limit, Usage

# So many times the quota of mails to one mailbox are sent for accounts that cause their first one.
FIRSTS = 4
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
    """Count a mail of that kind to an address."""
    return MailCount(usages=(_limit().take(f"{kind}:{email_key(email)}"),))


def confirmation_count(email: str, account: User) -> MailCount:
    """Count a confirmation to an address that an account asked for.

    Anyone may ask for confirmations of somebody else's address, and none of these is of use to its
    owner.
    """
    return _first_apart(f"confirmation:{email_key(email)}", account.public_id)


def notice_count(mail: QueuedMail) -> MailCount:
    """Count the notice to the former address of an account, which nobody had confirmed.

    Anyone may give somebody else's address to an account, and change it again.
    """
    return _first_apart(f"notice:{email_key(mail.address)}", mail.account_id)


def security_count(mail: QueuedMail) -> MailCount:
    """Count the notice of an event, for its kind and account, and for all kinds together.

    The kinds are counted apart, so that nobody hides a new password behind many sign-ins. All kinds
    together are counted for the account that has confirmed the address, apart from the accounts
    that have merely given it.
    """
    limit, mailbox = _limit(), f"security:{email_key(mail.address)}"
    own = limit.take(f"{mailbox}:{mail.account_id}:{mail.event_kind}")
    if own.is_exceeded:
        return MailCount(usages=(own,))
    confirmed = User.objects.with_confirmed_email(mail.address).filter(public_id=mail.account_id)
    total = f"{mailbox}:{mail.account_id}" if confirmed.exists() else mailbox
    every = replace(limit, quota=ALL_NOTICES * limit.quota).take(total)
    return MailCount(usages=(own, every))


def _first_apart(mailbox: str, account_id: Any) -> MailCount:
    """Count a mail that an account caused: its first in an hour, or one of the further ones of all.

    Only as many accounts as FIRSTS quotas allow could keep a mailbox from the first one of another.
    """
    limit = _limit()
    own = limit.take(f"{mailbox}:{account_id}")
    if own.used > 1:
        return MailCount(usages=(own, limit.take(mailbox)))
    firsts = replace(limit, quota=FIRSTS * limit.quota).take(f"{mailbox}:first")
    if firsts.is_exceeded:
        # The account's next request is its first one again.
        own.give_back()
    return MailCount(usages=(own, firsts))


def _limit() -> Limit:
    return Limit.named("reset-mail")
