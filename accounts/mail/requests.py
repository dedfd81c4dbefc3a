"""The mails that accounts get: plain text, and nothing of a user's choosing in a header.

Where a link leads is a setting; the Host of a request, which anyone can write, is never in one.
"""

import re

from django.conf import settings
from django.core.mail import EmailMessage

from accounts.identity.emails import email_key, mail_address
from accounts.identity.names import unlinked
from accounts.models import User
from bookstore_project.http.rate_limits import Limit, Usage

from .delivery import RefusedError, deliver

# A name that is one word of a sentence. Any other stands in a line of its own, between quotation
# marks and without links: whoever registered with somebody else's address chose it.
PLAIN_NAME = re.compile(r"[\w-]{1,30}")
PLAIN_REMINDER = "You log in as {name}."
REMINDER = (
    "You log in with the name in the next line, which is not ours but was chosen for the account:"
    "\n\n“{name}”"
)

RESET = """\
Hello,

somebody, probably you, has forgotten the password of your account at Bookstore.

{instructions}

{reminder}

It is good for one hour, and for one new password. Then you are logged out everywhere.

If it wasn't you, do nothing: your password stays as it is.
"""

# Without the name: this one goes to an address that is nobody's yet, and anyone can choose a name.
CONFIRMATION = """\
Hello,

somebody, probably you, wants this to be the address of their account at Bookstore.

{instructions}

You have to be logged in to that account. It is good for one hour.

If it wasn't you, do nothing: somebody mistyped their own address.
"""

NOTICE = """\
Hello,

this is no longer the address of your account at Bookstore: it was {change}.

If it wasn't you, somebody knows your password. Change it at once, end your other sessions, and set
the address again.
"""


def mail_count(kind: str, email: str) -> Usage:
    """Count a mail of that kind to an address; it may be sent unless the limit is exceeded.

    Counted per mailbox, not per account, so that many accounts together can't fill one. Whoever
    then fails to send it gives the use back: the limit is about what a mailbox gets.
    """
    return Limit.named("reset-mail").take(f"{kind}:{email_key(email)}")


def reset_mail_send(*, user: User, token: str) -> None:
    """Send what sets a new password to the address that is stored, however it was asked for."""
    instructions = _instructions(
        token,
        url=settings.PASSWORD_RESET_URL,
        purpose="To choose a new password",
        otherwise="send this token, as `token`, with a `new_password` to "
        "POST /api/v1/auth/password-reset/confirm, which answers with the `name` that you log in "
        "with",
    )
    reminder = _reminder(user.name)
    _send("A new password", RESET, to=user.email, instructions=instructions, reminder=reminder)


def confirmation_mail_send(*, email: str, token: str) -> None:
    """Send what confirms a new address to that address."""
    instructions = _instructions(
        token,
        url=settings.EMAIL_CONFIRM_URL,
        purpose="To confirm it",
        otherwise="send this token, as `token`, to POST /api/v1/users/me/email/confirm",
    )
    _send("Confirm your address", CONFIRMATION, to=email, instructions=instructions)


def notice_mail_send(*, email: str, is_removed: bool) -> None:
    """Tell an address that it is the account's no more."""
    change = "removed" if is_removed else "changed"
    _send("Your address was " + change, NOTICE, to=email, change=change)


def _reminder(name: str) -> str:
    """Return the sentence that names the account, whatever its name looks like."""
    text = PLAIN_REMINDER if PLAIN_NAME.fullmatch(name) else REMINDER
    return text.format(name=unlinked(name))


def _instructions(token: str, *, url: str, purpose: str, otherwise: str) -> str:
    if url:
        return f"{purpose}, open this address:\n\n    {url.replace('{token}', token)}"
    return f"{purpose}, {otherwise}:\n\n    {token}"


def _send(subject: str, text: str, *, to: str | None, **values: str) -> None:
    address = mail_address(to or "")
    if address is None:
        raise RefusedError("the domain of the address can't be one")
    deliver(EmailMessage(f"{subject} – Bookstore", text.format(**values), to=[address]))
