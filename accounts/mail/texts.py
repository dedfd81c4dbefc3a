"""The texts of mails to accounts: plain text, without user input in a header.

The target of a link is a setting (PUBLIC_URL, or the address of a page of the operator), never the
Host header of a request, which anyone can forge.
"""

import re

from django.conf import settings
from django.core.mail import EmailMessage

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
If the account asks for codes of an app that is not yours, ask an admin to remove it as well.
The list of events at GET {api}/users/me/events shows what else happened.
"""

# Characters of a User-Agent that a mail shows.
SHOWN_AGENT = 120


def reset_mail_send(*, user: User, token: str) -> None:
    """Send a password reset to the stored address of the user."""
    _password_send(
        "A new password", RESET, user=user, token=token, purpose="To choose a new password"
    )


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
    _password_send(
        "Your account", INVITATION, user=user, token=token, purpose="To choose a password"
    )


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
        program = unlinked_words(mail.user_agent[:SHOWN_AGENT])
        facts.append(f"By a program that calls itself “{program}”")
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


def _password_send(subject: str, text: str, *, user: User, token: str, purpose: str) -> None:
    """Send a token that sets a password."""
    url = settings.PASSWORD_RESET_URL
    instructions = _instructions(token, url=url, purpose=purpose, otherwise=RESET_STEP)
    reminder = _reminder(user.name)
    _send(subject, text, to=user.email, instructions=instructions, reminder=reminder)


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
