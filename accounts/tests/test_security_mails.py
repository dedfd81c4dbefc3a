"""The owner of an account is told by mail what matters for its security."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from io import StringIO
from typing import Any

import pytest
from django.core.mail import EmailMessage as SentMail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.mail import outbox
from accounts.mail.notices import NOTICES
from accounts.mail.sender import queue_send
from accounts.models import AuthEvent, EventKind, KnownNetwork, MailKind, QueuedMail, User
from accounts.origins import Origin
from accounts.services.events import event_record
from accounts.services.password_reset import reset_token
from conftest import PASSWORD
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

API = "/api/v1"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"
NEW_PASSWORD = "amber-Compass-31"

ClientOf = Callable[[User], ConformingClient]
Mails = list[SentMail]


def log_in(address: str, user: str = "ada", **headers: Any) -> Any:
    body = {"name": user, "password": PASSWORD}
    client = ConformingClient(REMOTE_ADDR=address, **headers)
    response = client.post(f"{API}/auth/token", body)
    assert response.status_code == 200
    return response


def without_our_links(mail: SentMail) -> str:
    return re.sub(r"http://localhost:8000/account/", "", str(mail.body))


def subjects(mails: Mails) -> list[str]:
    return [mail.subject.removesuffix(" – Bookstore") for mail in mails]


def test_a_sign_in_from_a_new_network_is_told(ada: User, mailoutbox: Mails) -> None:
    log_in(HOME)
    assert mailoutbox == []
    log_in(ELSEWHERE, HTTP_USER_AGENT="Lynx")
    [mail] = mailoutbox
    assert mail.to == ["ada@example.org"]
    assert subjects([mail]) == ["A sign-in from a new network"]
    event = AuthEvent.objects.latest("id")
    facts = (
        f"When: {event.at:%Y-%m-%d %H:%M} UTC\n"
        f"From the address: {ELSEWHERE}\n"
        "By a program that calls itself “Lynx”\n"
        "You sign in as ada.\n"
    )
    assert facts in str(mail.body)
    assert "    http://localhost:8000/account/password/\n" in str(mail.body)
    assert not QueuedMail.objects.exists()


def test_a_known_network_is_not_told(ada: User, mailoutbox: Mails) -> None:
    for address in (HOME, "2001:db8:1:2::1"):
        log_in(address)
    mailoutbox.clear()
    KnownNetwork.objects.update(seen_at=timezone.now() - timedelta(days=2))
    for address in (HOME, "2001:db8:1:2:9c1f:22ff:fe00:1"):
        log_in(address)
    assert mailoutbox == []


def test_the_first_login_ever_is_not_told_though_it_is_by_browser(
    boss: User, mailoutbox: Mails
) -> None:
    User.objects.filter(pk=boss.pk).update(email="boss@example.org")
    form = {"username": "boss", "password": PASSWORD}
    for address, told in ((HOME, 0), (HOME, 0), (ELSEWHERE, 1), ("", 1)):
        browser = Client(REMOTE_ADDR=address)
        assert browser.post("/admin/login/", form).status_code == 302
        assert len(mailoutbox) == told


def test_a_login_after_a_long_time_is_told_though_no_network_is_left(
    ada: User, mailoutbox: Mails
) -> None:
    log_in(HOME)
    KnownNetwork.objects.all().delete()
    log_in(HOME)
    assert subjects(mailoutbox) == ["A sign-in from a new network"]


def test_a_new_password_makes_no_network_new(
    ada: User, client_of: ClientOf, mailoutbox: Mails
) -> None:
    log_in(HOME)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client_of(ada).post(f"{API}/users/me/password", body).status_code == 204
    mailoutbox.clear()
    ada.refresh_from_db()
    body = {"name": "ada", "password": NEW_PASSWORD}
    answer = ConformingClient(REMOTE_ADDR=HOME).post(f"{API}/auth/token", body)
    assert (answer.status_code, mailoutbox) == (200, [])


def test_a_changed_password_is_told(ada: User, client_of: ClientOf, mailoutbox: Mails) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client_of(ada).post(f"{API}/users/me/password", body).status_code == 204
    assert subjects(mailoutbox) == ["Your password was changed"]
    assert "From the address: 127.0.0.1" in str(mailoutbox[0].body)


def test_a_reset_password_is_told(ada: User, mailoutbox: Mails) -> None:
    body = {"token": reset_token(ada), "new_password": NEW_PASSWORD}
    client = ConformingClient(REMOTE_ADDR=HOME)
    assert client.post(f"{API}/auth/password-reset/confirm", body).status_code == 200
    assert subjects(mailoutbox) == ["Your password was reset"]
    assert f"From the address: {HOME}" in str(mailoutbox[0].body)


def test_a_new_name_is_told(ada: User, client_of: ClientOf, mailoutbox: Mails) -> None:
    body = {"name": "lovelace", "current_password": PASSWORD}
    assert client_of(ada).patch(f"{API}/users/me", body).status_code == 200
    assert subjects(mailoutbox) == ["Your name was changed"]
    assert "You sign in as lovelace." in str(mailoutbox[0].body)


def test_an_api_token_is_told(ada: User, client_of: ClientOf, mailoutbox: Mails) -> None:
    body = {"name": "evil", "scopes": ["books:read"], "expires_in_days": 9}
    body["current_password"] = PASSWORD
    assert client_of(ada).post(f"{API}/users/me/tokens", body).status_code == 201
    assert subjects(mailoutbox) == ["An API token was made"]
    # Its name is not shown: its maker chose the words.
    assert "evil" not in str(mailoutbox[0].body)


def test_an_address_is_told_once_to_the_old_one(
    ada: User, client_of: ClientOf, mailoutbox: Mails
) -> None:
    body = {"email": None, "current_password": PASSWORD}
    assert client_of(ada).post(f"{API}/users/me/email", body).status_code == 204
    [mail] = mailoutbox
    assert (mail.to, subjects([mail])) == (["ada@example.org"], ["Your address was removed"])


@pytest.mark.parametrize(
    ("email", "subject"),
    [("countess@example.org", "Your address was changed"), ("", "Your address was removed")],
)
def test_what_an_admin_changes_is_told_without_the_admins_address(
    email: str, subject: str, ada: User, boss: User, mailoutbox: Mails
) -> None:
    admin = Client(REMOTE_ADDR=HOME, HTTP_USER_AGENT="Boss")
    admin.force_login(boss)
    page = f"/admin/accounts/user/{ada.pk}"
    form = {"name": "lovelace", "email": email, "is_active": "on"}
    assert admin.post(f"{page}/change/", form).status_code == 302
    addresses = {mail.subject.removesuffix(" – Bookstore"): mail.to for mail in mailoutbox}
    assert addresses.pop(subject) == ["ada@example.org"]
    told = {"Your name was changed": [email], "Confirm your address": [email]}
    assert addresses == (told if email else {})
    mailoutbox.clear()
    User.objects.filter(pk=ada.pk).update(email="ada@example.org")
    new = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert admin.post(f"{page}/password/", {**new, "set-password": "1"}).status_code == 302
    [mail] = mailoutbox
    assert subjects([mail]) == ["Your password was changed"]
    assert "By an admin, or from an address that is not known." in str(mail.body)
    assert HOME not in str(mail.body)
    assert "Boss" not in str(mail.body)


def test_the_command_that_sets_a_password_tells(
    ada: User, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW_PASSWORD)
    call_command("changepassword", "ada", stdout=StringIO())
    assert subjects(mailoutbox) == ["Your password was changed"]


@pytest.mark.parametrize("kind", NOTICES)
def test_each_kind_is_one_mail_of_plain_words(kind: str, ada: User, mailoutbox: Mails) -> None:
    event_record(EventKind(kind), subject=ada, origin=Origin(actor=ada, address=HOME))
    [mail] = mailoutbox
    assert mail.subject == f"{NOTICES[kind].subject} – Bookstore"
    assert f"{NOTICES[kind].happened}.\n" in str(mail.body)
    assert "http" not in without_our_links(mail)


def test_other_kinds_are_not_told(ada: User, mailoutbox: Mails) -> None:
    for kind in set(EventKind) - set(NOTICES):
        event_record(EventKind(kind), subject=ada, origin=Origin(actor=ada))
    event_record(EventKind.PASSWORD_CHANGED, subject=None, origin=Origin())
    assert mailoutbox == []


def test_who_has_no_address_is_not_told(bob: User, client_of: ClientOf, mailoutbox: Mails) -> None:
    body = {"name": "robert", "current_password": PASSWORD}
    assert client_of(bob).patch(f"{API}/users/me", body).status_code == 200
    assert mailoutbox == []


def test_the_operator_can_switch_them_off(ada: User, mailoutbox: Mails, settings: Any) -> None:
    settings.SECURITY_MAILS = False
    log_in(HOME)
    log_in(ELSEWHERE)
    assert mailoutbox == []


def test_what_a_client_calls_itself_is_no_link_and_no_header(ada: User, mailoutbox: Mails) -> None:
    log_in(HOME)
    agent = "Confirm at https://evil.example/now " + "x" * 300
    log_in(ELSEWHERE, HTTP_USER_AGENT=agent)
    [mail] = mailoutbox
    body = str(mail.body)
    assert "evil.example" not in body
    assert "://" not in without_our_links(mail)
    assert "“Confirm at https" in body
    assert "x" * 120 not in body
    message: EmailMessage = mail.message()
    assert "evil" not in str(list(message.items()))


@pytest.mark.parametrize("agent", ["Look at evil.newtld", "mail kim@evil.newtld", "evil.click"])
def test_no_domain_of_a_client_is_a_link(agent: str, ada: User, mailoutbox: Mails) -> None:
    log_in(HOME)
    log_in(ELSEWHERE, HTTP_USER_AGENT=agent)
    shown = re.search("calls itself “([^”]*)”", str(mailoutbox[0].body))
    assert shown is not None
    assert not set(".@/:").intersection(shown[1])


def test_a_thief_who_removes_the_address_takes_nothing_back(
    ada: User, client_of: ClientOf, mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert client_of(ada).post(f"{API}/users/me/password", body).status_code == 204
    ada.delete()
    queue_send()
    [mail] = mailoutbox
    assert (mail.to, subjects([mail])) == (["ada@example.org"], ["Your password was changed"])
    assert "You sign in as" not in str(mail.body)


def test_the_mail_is_queued_with_its_event_or_not_at_all(
    ada: User, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    with transaction.atomic():
        event_record(EventKind.PASSWORD_CHANGED, subject=ada, origin=Origin())
        transaction.set_rollback(True)
    assert not QueuedMail.objects.exists()
    body = {"name": "lovelace", "current_password": PASSWORD}
    assert client_of(ada).patch(f"{API}/users/me", body).status_code == 200
    mail = QueuedMail.objects.get()
    assert (mail.kind, mail.event_kind) == ("notice", "name_changed")
    assert str(mail) == "notice of an event, attempt 0"


def test_one_kind_is_told_five_times_an_hour_and_keeps_no_other_from_being_told(
    ada: User, mailoutbox: Mails
) -> None:
    for _ in range(7):
        event_record(EventKind.LOGIN, subject=ada, origin=Origin(actor=ada))
    assert len(mailoutbox) == 5
    event_record(EventKind.PASSWORD_CHANGED, subject=ada, origin=Origin(actor=ada))
    assert subjects(mailoutbox)[5:] == ["Your password was changed"]


def test_a_mailbox_gets_twenty_an_hour_of_all_kinds(ada: User, mailoutbox: Mails) -> None:
    for kind in NOTICES:
        for _ in range(5):
            event_record(EventKind(kind), subject=ada, origin=Origin(actor=ada))
    assert len(mailoutbox) == 20
    assert not QueuedMail.objects.exists()


def test_no_number_of_strangers_keeps_a_notice_from_who_has_confirmed_the_address(
    make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    """Accounts that have merely given an address share twenty notices to it in an hour."""
    for number in range(8):
        name, email = f"stranger{number}", "ada@example.org"
        stranger = make_user(name, email=email, email_confirmed_at=None)
        for _ in range(5):
            event_record(EventKind.PASSWORD_CHANGED, subject=stranger, origin=Origin())
    assert len(mailoutbox) == 20
    ada = make_user("ada", email="ada@example.org")
    event_record(EventKind.PASSWORD_CHANGED, subject=ada, origin=Origin())
    assert "You sign in as ada." in str(mailoutbox[20:][0].body)


@pytest.mark.parametrize("kind", [MailKind.NOTICE, MailKind.CHANGED])
def test_a_notice_names_its_event_and_no_other_mail_does(kind: MailKind, ada: User) -> None:
    mail = QueuedMail(kind=kind, account_id=ada.public_id, address="ada@example.org")
    mail.event_kind = "" if kind == MailKind.NOTICE else "login"
    with pytest.raises(IntegrityError, match="mail_notice_has_event"), transaction.atomic():
        mail.save()
