"""What was begun with the password alone, before the factor, is of no use after it."""

from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.mail import outbox
from accounts.mail.letters import letter_of
from accounts.mail.queue import confirmation_mail_queue
from accounts.mail.sender import queue_send
from accounts.models import QueuedMail, User
from accounts.origins import Origin
from accounts.tests.page_text import link_in
from accounts.tests.proofs import bearer, opened
from conftest import PASSWORD
from tests.authenticator import Authenticator
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

THIEF = "mallory@example.net"
EMAIL = "/api/v1/users/me/email"
CONFIRM = "/api/v1/auth/email/confirm"
SIGN_IN = "/api/session/login/"
UNCONFIRMED = "/account/unconfirmed/"

Mails = list[EmailMessage]


def token_in(mail: EmailMessage) -> str:
    return link_in(mail).partition("token=")[2]


def mails_to_the_thief(mails: Mails) -> Mails:
    return [mail for mail in mails if mail.to == [THIEF]]


def test_a_mail_that_waited_while_the_factor_was_added_changes_no_address(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail server was away, or the thief's refused the mail for a while (RFC 6647)."""
    monkeypatch.setattr(outbox, "wake", lambda: None)
    body = {"email": THIEF, "current_password": PASSWORD}
    assert bearer(opened(ada)["access"]).post(EMAIL, body).status_code == 202
    Authenticator(ada)

    queue_send()

    for mail in mails_to_the_thief(mailoutbox):
        ConformingClient().post(CONFIRM, {"token": token_in(mail)})
    ada.refresh_from_db()
    assert (ada.has_factor, ada.email) == (True, "ada@example.org")


def test_a_mail_that_its_sender_had_taken_before_the_factor_was_added_is_void(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    confirmation_mail_queue(user=ada, email=THIEF, origin=Origin())
    taken = QueuedMail.objects.get()
    assert letter_of(taken) is not None
    Authenticator(ada)
    assert letter_of(taken) is None


def test_a_mail_to_the_address_that_the_account_has_is_sent_after_the_factor(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    confirmation_mail_queue(user=ada, email="ada@example.org", origin=Origin())
    Authenticator(ada)
    queue_send()
    assert any(mail.subject.startswith("Confirm") for mail in mailoutbox)


def test_the_page_of_unconfirmed_accounts_sends_no_mail_to_an_address_from_before_the_factor(
    ada: User, mailoutbox: Mails, settings: Any
) -> None:
    """An admin has corrected the address; its user, who is signed in, then adds an app."""
    settings.EMAIL_VERIFICATION = "required"
    User.objects.filter(pk=ada.pk).update(must_confirm_email=True, email_confirmed_at=None)
    thief = Client()
    assert thief.post(SIGN_IN, {"username": "ada", "password": PASSWORD}).status_code == 302
    assert thief.post(UNCONFIRMED, {"email": THIEF}).status_code == 302
    ada.refresh_from_db()
    Authenticator(ada)
    mailoutbox.clear()

    thief.post(UNCONFIRMED, {"email": THIEF})

    for mail in mails_to_the_thief(mailoutbox):
        ConformingClient().post(CONFIRM, {"token": token_in(mail)})
    ada.refresh_from_db()
    assert (ada.has_factor, ada.email) == (True, "ada@example.org")
