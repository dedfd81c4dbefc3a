"""The texts of mails to accounts: plain text, without user input in a header.

The target of a link is a setting (PUBLIC_URL, or the address of a page of the operator), never the
Host header of a request, which anyone can forge.
"""

import re
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.identity.emails import email_key, mail_address
from accounts.identity.names import unlinked
from accounts.models import QueuedMail, User
from bookstore_project.http.rate_limits import Limit, Usage

from .delivery import RefusedError, deliver
from .notices import NOTICES

# So many times the quota of mails to one mailbox are sent for accounts that ask for the first time.
FIRST_CONFIRMATIONS = 4
# So many times that quota of notices, of all kinds together, are sent to one mailbox.
ALL_NOTICES = 4

# A name that is a single word is written in a sentence. Any other gets its own line, in quotation
# marks and without links, because a stranger may have chosen it with somebody else's address.
PLAIN_NAME = re.compile(r"[\w-]{1,30}")
PLAIN_REMINDER = "You sign in as {name}."
REMINDER = (
    "You sign in with the name in the next line, which is not ours but was chosen for the account:"
    "\n\n“{name}”"
)

RESET = """\
Hello,

somebody, probably you, has forgotten the password of your account at Bookstore.

{instructions}

{reminder}

It is valid for one hour and works once. With the new password you are signed out everywhere.

If it wasn't you, do nothing: your password stays as it is.
"""

# Nobody has confirmed this address yet, and anyone can choose the name: so it is only written if it
# is a single word, by which the owner of the mailbox recognises their own account.
CONFIRMATION = """\
Hello,

somebody, probably you, wants this to be the address of {account} at Bookstore.

{instructions}

It is valid for one hour, and the answer names the account.

If it wasn't you, do nothing: somebody mistyped their own address. Confirming would give the address
to that account.
"""

KNOWN = """\
Hello,

somebody, probably you, has given this address for an account at Bookstore. It is the address of
your account already, so it was not given to another one.

{reminder}

If you forgot the password, request a new one: {place}.

If it wasn't you, do nothing: nobody was told that you have an account.
"""

INVITATION = """\
Hello,

an account was made for you at Bookstore.

{instructions}

{reminder}

It is valid for one week and works once.

If you did not expect this, do nothing: nobody can sign in before a password is chosen.
"""

RESET_STEP = (
    "send this token, as `token`, with a `new_password` to POST {api}/auth/password-reset/confirm, "
    "which answers with the `name` to log in with"
)

NOTICE = """\
Hello,

this is no longer the address of your account at Bookstore: it was {change}.

If neither you nor an admin did that, somebody else can use your account. Change your password at
once, which ends your other sessions, and set the address again: POST {api}/users/me/password and
POST {api}/users/me/email.
"""

# Facts about an event, and what to do. The address and the program are what the client says.
SECURITY = """\
Hello,

{happened}.

{facts}

If it was you, there is nothing to do.

If it wasn't you, change your password at once, which ends your other sessions and your API tokens:
POST {api}/users/me/password, or, if you can't sign in any more, POST {api}/auth/password-reset.
The list of events at GET {api}/users/me/events shows what else happened.
"""

# Characters of a User-Agent that a mail shows.
SHOWN_AGENT = 120


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


def reset_mail_send(*, user: User, token: str) -> None:
    """Send a password reset to the stored address of the user."""
    instructions = _instructions(
        token,
        url=settings.PASSWORD_RESET_URL,
        purpose="To choose a new password",
        otherwise=RESET_STEP,
    )
    reminder = _reminder(user.name)
    _send("A new password", RESET, to=user.email, instructions=instructions, reminder=reminder)


def confirmation_mail_send(*, email: str, token: str, name: str) -> None:
    """Send a confirmation to a new address."""
    instructions = _instructions(
        token,
        url=settings.EMAIL_CONFIRM_URL,
        purpose="To confirm it",
        otherwise="send this token, as `token`, to POST {api}/auth/email/confirm",
    )
    account = f"the account {unlinked(name)}" if PLAIN_NAME.fullmatch(name) else "an account"
    _send(
        "Confirm your address",
        CONFIRMATION,
        to=email,
        instructions=instructions,
        account=account,
    )


def known_mail_send(*, email: str, name: str) -> None:
    """Tell the owner of an address that somebody gave it for another account."""
    _send(
        "You have an account",
        KNOWN,
        to=email,
        reminder=_reminder(name),
        place=f"POST {_api()}/auth/password-reset with your address as `email`",
    )


def invitation_mail_send(*, user: User, token: str) -> None:
    """Send an invitation to set the first password of an account."""
    instructions = _instructions(
        token,
        url=settings.PASSWORD_RESET_URL,
        purpose="To choose a password",
        otherwise=RESET_STEP,
    )
    reminder = _reminder(user.name)
    _send("Your account", INVITATION, to=user.email, instructions=instructions, reminder=reminder)


def notice_mail_send(*, email: str, is_removed: bool) -> None:
    """Send a notice to an address that the account no longer uses."""
    change = "removed" if is_removed else "changed"
    _send("Your address was " + change, NOTICE, to=email, change=change, api=_api())


def security_mail_send(mail: QueuedMail, *, user: User | None) -> None:
    """Send the notice of an event. `user` is None if the account was deleted since."""
    notice = NOTICES[mail.event_kind]
    facts = [f"When: {mail.created_at:%Y-%m-%d %H:%M} UTC"]
    if mail.client_address:
        facts.append(f"From the address: {mail.client_address}")
    else:
        facts.append("By an admin, or from an address that is not known.")
    if mail.user_agent:
        # Anyone chooses this text, so that it must not become a link, or a sentence of ours.
        facts.append(f"By a program that calls itself “{unlinked(mail.user_agent[:SHOWN_AGENT])}”")
    if user is not None:
        facts.append(_reminder(user.name))
    _send(
        notice.subject,
        SECURITY,
        to=mail.address,
        happened=notice.happened,
        api=_api(),
        facts="\n".join(facts),
    )


def _reminder(name: str) -> str:
    """Return the sentence with the name of the account, written so that it can't be a link."""
    text = PLAIN_REMINDER if PLAIN_NAME.fullmatch(name) else REMINDER
    return text.format(name=unlinked(name))


def _instructions(token: str, *, url: str, purpose: str, otherwise: str) -> str:
    if url:
        return f"{purpose}, open this address:\n\n    {url.replace('{token}', token)}"
    return f"{purpose}, {otherwise.format(api=_api())}:\n\n    {token}"


def _api() -> str:
    return f"{settings.PUBLIC_URL}/api/v1"


def _send(subject: str, text: str, *, to: str | None, **values: str) -> None:
    address = mail_address(to or "")
    if address is None:
        raise RefusedError("no mail can be sent to the address")
    deliver(EmailMessage(f"{subject} – Bookstore", text.format(**values), to=[address]))
