"""The replies of a mail server and their meaning for the mail, with a real server."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.mail import EmailMessage

from accounts.mail import delivery
from accounts.mail.delivery import NotSentError, RefusedError, ServerAwayError, deliver
from accounts.models import QueuedMail, User
from tests.live import free_port
from tests.smtp_server import MailServer, mail_server

from .test_password_reset import ask

ADDRESS = "ada@example.org"


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


def send() -> None:
    deliver(EmailMessage("A new password", "Hello", to=[ADDRESS]))


def test_a_mail_arrives(server: MailServer, settings: Any) -> None:
    send()
    ((recipient, mail),) = server.mails
    assert (recipient, mail["To"], mail["Subject"]) == (ADDRESS, ADDRESS, "A new password")
    assert mail["From"] == settings.DEFAULT_FROM_EMAIL


@pytest.mark.parametrize(
    ("verb", "reply", "meaning", "said"),
    [
        ("RCPT", "550 no such user", RefusedError, "SMTPRecipientsRefused 550"),
        ("RCPT", "553 bad name", RefusedError, "SMTPRecipientsRefused 553"),
        ("RCPT", "450 greylisted", NotSentError, "SMTPRecipientsRefused 450"),
        ("RCPT", "421 closing", ServerAwayError, "SMTPRecipientsRefused 421"),
        ("DATA", "554 no", RefusedError, "SMTPDataError 554"),
        ("TEXT", "554 spam", RefusedError, "SMTPDataError 554"),
        ("TEXT", "452 full", NotSentError, "SMTPDataError 452"),
        # The sender is refused, not the recipient: the operator can correct that.
        ("MAIL", "550 no such sender", NotSentError, "SMTPSenderRefused 550"),
        ("MAIL", "530 log in", NotSentError, "SMTPSenderRefused 530"),
        ("RCPT", "hang up", ServerAwayError, "SMTPServerDisconnected"),
        ("MAIL", "hang up", ServerAwayError, "SMTPServerDisconnected"),
    ],
)
def test_a_refusal_means_what_it_says(
    verb: str, reply: str, meaning: type[NotSentError], said: str, server: MailServer
) -> None:
    server.replies[verb] = reply
    with pytest.raises(NotSentError) as caught:
        send()
    assert (type(caught.value), str(caught.value)) == (meaning, said)
    assert server.mails == []


@pytest.mark.parametrize("address", ["=?utf-8?q??=@x.org", "=?utf-8?q?a=0d=0ab?=@x.org"])
def test_a_mail_that_can_not_be_written_is_given_up(address: str, server: MailServer) -> None:
    with pytest.raises(RefusedError):
        deliver(EmailMessage("A new password", "Hello", to=[address]))
    assert server.mails == []


@pytest.mark.parametrize("reply", ["hang up", "500 " + "x" * 10_000])
def test_a_quarrel_about_the_farewell_makes_no_second_mail(reply: str, server: MailServer) -> None:
    server.replies["QUIT"] = reply
    send()
    assert server.recipients == [ADDRESS]


def test_nobody_listens(settings: Any, server: MailServer) -> None:
    settings.EMAIL_PORT = free_port()
    with pytest.raises(ServerAwayError, match=r"^ConnectionRefusedError$"):
        send()


def test_a_mail_server_that_never_greets(settings: Any, server: MailServer) -> None:
    settings.EMAIL_TIMEOUT = 0.01
    server.may_greet.clear()
    with pytest.raises(ServerAwayError):
        send()


def test_a_mail_server_that_took_too_long_to_greet_gets_no_mail(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CONNECT_SECONDS", 0)
    with pytest.raises(ServerAwayError, match=r"^TimeoutError$"):
        send()
    assert server.mails == []


@pytest.mark.django_db
@pytest.mark.parametrize("reply", ["550 ada@example.org is unknown", "450 ada@example.org later"])
def test_no_log_line_has_the_address_or_the_token(
    reply: str, ada: User, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies["RCPT"] = reply
    assert ask().status_code == 202
    assert QueuedMail.objects.exists() == reply.startswith("450")
    records = [record for record in caplog.records if record.name.startswith("accounts")]
    assert len(records) == 1
    assert ADDRESS not in records[0].getMessage()
    assert records[0].exc_info is None
