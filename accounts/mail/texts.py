"""The texts of mails to accounts: plain text, without user input in a header.

The target of a link is one of our pages below PUBLIC_URL, or a page of the operator, which a
setting names. It is never the Host header of a request, which anyone can forge.
"""

import re

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from accounts.identity.emails import mail_address
from accounts.identity.names import unlinked, unlinked_words
from accounts.models import QueuedMail, User

from .delivery import RefusedError, deliver
from .notices import NOTICES

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

to choose a new password for your account at Bookstore, open this address:

    {link}

{reminder}

The link is valid for one hour and works once. With the new password you are signed out everywhere.

Somebody, probably you, has forgotten the password. If it wasn't you, do nothing: your password
stays as it is.
"""

# Nobody has confirmed this address yet, and anyone can choose the name: so it is only written if it
# is a single word, by which the owner of the mailbox recognises their own account.
CONFIRMATION = """\
Hello,

to confirm that this is the address of {account} at Bookstore, open this address:

    {link}

The link is valid for one hour, and its page names the account.

If you have no such account, do nothing: somebody mistyped their own address. Confirming would give
yours to that account.
"""

KNOWN = """\
Hello,

somebody, probably you, has given this address for an account at Bookstore. It is the address of
your account already, so it was not given to another one.

{reminder}

If you forgot the password, ask for a new one:

    {link}

If it wasn't you, do nothing: nobody was told that you have an account.
"""

INVITATION = """\
Hello,

an account was made for you at Bookstore. To choose a password, open this address:

    {link}

{reminder}

The link is valid for one week and works once.

If you did not expect this, do nothing: nobody can sign in before a password is chosen.
"""

NOTICE = """\
Hello,

this is no longer the address of your account at Bookstore: it was {change}.

If neither you nor an admin did that, somebody else can use your account. Change your password at
once, which ends your other sessions, and set the address again:

    {password}
    {account}
"""

# Facts about an event, and what to do. The address and the program are what the client says.
SECURITY = """\
Hello,

{happened}.

{facts}

If it was you, there is nothing to do.

If it wasn't you, change your password at once, which ends your other sessions and your API tokens:

    {password}

If you can't sign in any more, ask for a new password:

    {forgotten}

If the account asks for codes of an app that is not yours, ask an admin to remove it as well. Your
account page shows what else happened:

    {account}
"""

# Characters of a User-Agent that a mail shows.
SHOWN_AGENT = 120


def reset_mail_send(*, user: User, token: str) -> None:
    """Send a password reset to the stored address of the user."""
    link = _link(token, page="account:reset-password", own=settings.PASSWORD_RESET_URL)
    _send("A new password", RESET, to=user.email, link=link, reminder=_reminder(user.name))


def confirmation_mail_send(*, email: str, token: str, name: str) -> None:
    """Send a confirmation to a new address."""
    link = _link(token, page="account:confirm-email", own=settings.EMAIL_CONFIRM_URL)
    account = f"the account {unlinked(name)}" if PLAIN_NAME.fullmatch(name) else "an account"
    _send("Confirm your address", CONFIRMATION, to=email, link=link, account=account)


def known_mail_send(*, email: str, name: str) -> None:
    """Tell the owner of an address that somebody gave it for another account."""
    link = _page("account:forgotten-password")
    _send("You have an account", KNOWN, to=email, link=link, reminder=_reminder(name))


def invitation_mail_send(*, user: User, token: str) -> None:
    """Send an invitation to set the first password of an account."""
    link = _link(token, page="account:invitation", own=settings.PASSWORD_RESET_URL)
    _send("Your account", INVITATION, to=user.email, link=link, reminder=_reminder(user.name))


def notice_mail_send(*, email: str, is_removed: bool) -> None:
    """Send a notice to an address that the account no longer uses."""
    change = "removed" if is_removed else "changed"
    _send("Your address was " + change, NOTICE, to=email, change=change, **_places())


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
        program = unlinked_words(mail.user_agent[:SHOWN_AGENT])
        facts.append(f"By a program that calls itself “{program}”")
    if user is not None:
        facts.append(_reminder(user.name))
    _send(
        notice.subject,
        SECURITY,
        to=mail.address,
        happened=notice.happened,
        facts="\n".join(facts),
        **_places(),
    )


def _reminder(name: str) -> str:
    """Return the sentence with the name of the account, written so that it can't be a link."""
    text = PLAIN_REMINDER if PLAIN_NAME.fullmatch(name) else REMINDER
    return text.format(name=unlinked(name))


def _link(token: str, *, page: str, own: str) -> str:
    """Return the address of our page with a token, or of the operator's `own` page.

    The token is in the query of our page, which no log of this service has; the page moves it out
    of the address at once (accounts/pages/mailed_token.py).
    """
    return (own or f"{_page(page)}?token={{token}}").replace("{token}", token)


def _places() -> dict[str, str]:
    """Return the addresses of the pages where an account is put in order again."""
    return {
        "password": _page("account:password"),
        "forgotten": _page("account:forgotten-password"),
        "account": _page("account:overview"),
    }


def _page(route: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse(route)}"


def _send(subject: str, text: str, *, to: str | None, **values: str) -> None:
    address = mail_address(to or "")
    if address is None:
        raise RefusedError("no mail can be sent to the address")
    deliver(EmailMessage(f"{subject} – Bookstore", text.format(**values), to=[address]))
