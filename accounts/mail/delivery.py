"""Delivers one mail to the mail server, and classifies the failures."""

import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.mail import EmailMessage, get_connection

# A connection that took longer to open is not used: the rest must end within the mail's lease.
CONNECT_SECONDS = 90

# "The requested action was not taken, and is not to be repeated" (RFC 5321 section 4.2.1).
PERMANENT = range(500, 600)
# "Service not available, closing transmission channel" (RFC 5321 section 3.8).
CLOSING = 421


class NotSentError(Exception):
    """The mail was not sent, but may be later. The message contains no address and no token."""


class ServerAwayError(NotSentError):
    """The mail server can't be used now, neither for this mail nor for others."""


class RefusedError(NotSentError):
    """The mail server will never accept this mail for this recipient."""


def deliver(message: EmailMessage) -> None:
    """Deliver a mail for one recipient to the mail server.

    Raises ServerAwayError, RefusedError, and NotSentError for every other failure.
    """
    connection = get_connection()
    started = time.monotonic()
    try:
        with _as_server_away():
            connection.open()
            if time.monotonic() - started > CONNECT_SECONDS:
                raise TimeoutError
        with _as_not_sent():
            connection.send_messages([message])
    finally:
        # By now the server has accepted the mail or not: an error on closing changes nothing.
        with suppress(OSError):
            connection.close()


@contextmanager
def _as_server_away() -> Iterator[None]:
    try:
        yield
    # All errors of smtplib and of sockets are subclasses of OSError.
    except OSError as error:
        raise ServerAwayError(_said(error)) from error


@contextmanager
def _as_not_sent() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _meaning(error)(_said(error)) from error
    except (ValueError, LookupError) as error:
        # Python could not write the mail or its envelope, and never will.
        raise RefusedError(type(error).__name__) from error


def _meaning(error: OSError) -> type[NotSentError]:
    """Return the class of a failure that happened after the connection was open.

    A refused sender is not a refused mail: the operator can correct that within the day.
    """
    code = _code(error)
    is_of_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    if is_of_mail and code in PERMANENT:
        return RefusedError
    is_smtp = isinstance(error, smtplib.SMTPException)
    is_lost = isinstance(error, smtplib.SMTPServerDisconnected) or not is_smtp
    return ServerAwayError if is_lost or code == CLOSING else NotSentError


def _code(error: OSError) -> int:
    """Return the SMTP reply code, or 0 if the server did not reply."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies: list[Any] = list(error.recipients.values())
        return int(replies[0][0])
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _said(error: OSError) -> str:
    # Without the message of the error, which may quote the address.
    return f"{type(error).__name__} {_code(error) or ''}".rstrip()
