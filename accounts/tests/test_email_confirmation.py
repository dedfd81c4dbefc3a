"""Addresses hold nothing until a mail to them is confirmed; then they are one account's alone."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import signing
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.mail import outbox
from accounts.mail.delivery import ServerAwayError
from accounts.mail.resolution import mail_resolve
from accounts.models import AuthEvent, QueuedMail, User
from accounts.origins import Origin
from accounts.services import email_confirmation
from accounts.services.email_change import email_change_request
from accounts.services.email_confirmation import (
    SALT,
    _state,
    email_confirm,
    email_token,
    own_email_confirm,
)
from accounts.services.password_reset import reset_token
from bookstore_project.digests import keyed_digest
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .problems import refused as refused_with

refused = partial(refused_with, code="invalid_email_token")

pytestmark = pytest.mark.django_db

# The token in a link to our page, or the whole link to a page of the operator.
MAILED = r"^    (?:\S+/account/\S+\?token=)?(\S+)$"

REGISTER = "/api/v1/auth/register"
CONFIRM = "/api/v1/auth/email/confirm"
RESEND = "/api/v1/auth/email/resend"
OWN = "/api/v1/users/me/email"
RESET = "/api/v1/auth/password-reset"
ADDRESS = "kim@example.org"
NEW = "amber-Compass-31"

Mails = list[EmailMessage]


def register(name: str = "kim", email: str | None = ADDRESS, **headers: Any) -> Any:
    body = {"name": name, "password": PASSWORD, "email": email}
    return ConformingClient().post(REGISTER, body, **headers)


def confirm(token: str, **headers: Any) -> Any:
    return ConformingClient().post(CONFIRM, {"token": token}, **headers)


def log_in(name: str, password: str = PASSWORD) -> int:
    body = {"name": name, "password": password}
    status: int = ConformingClient().post("/api/v1/auth/token", body).status_code
    return status


def token_in(mail: EmailMessage) -> str:
    (token,) = re.findall(MAILED, str(mail.body), flags=re.MULTILINE)
    return str(token)


def unconfirmed(make_user: Callable[..., User], name: str, email: str = ADDRESS) -> User:
    return make_user(name, email=email, email_confirmed_at=None)


def kinds(user: User) -> list[str]:
    return list(AuthEvent.objects.about(user).order_by("id").values_list("kind", flat=True))


# --- At registration ------------------------------------------------------------------------------


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_token_of_a_registration_confirms_the_address_without_a_login(
    mailoutbox: Mails, slash: str
) -> None:
    assert register().json()["email_confirmed_at"] is None
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([ADDRESS], "Confirm your address – Bookstore")
    assert "    http://localhost:8000/account/confirm-email/?token=" in str(mail.body)

    response = ConformingClient().post(CONFIRM + slash, {"token": token_in(mail)})

    assert (response.status_code, response.json()) == (200, {"name": "kim", "email": ADDRESS})
    user = User.objects.get()
    assert user.email_confirmed_at is not None
    assert timezone.now() - user.email_confirmed_at < timedelta(minutes=1)
    assert kinds(user) == ["email_confirmed"]


def test_without_an_address_there_is_no_mail(mailoutbox: Mails) -> None:
    assert register(email=None).status_code == 201
    assert (mailoutbox, QueuedMail.objects.count()) == ([], 0)


@pytest.mark.parametrize("name", ["kim.lee", "Zoë Müller", "mal.lory x", "紫式部"])
def test_the_answer_names_the_account_whatever_its_name(name: str, mailoutbox: Mails) -> None:
    register(name)
    # The words of a stranger are in no mail to an address that nobody has confirmed.
    is_word = name == "紫式部"
    assert (name in str(mailoutbox[0].body)) is is_word
    account = f"the account {name}" if is_word else "an account"
    assert f"the address of {account} at Bookstore," in str(mailoutbox[0].body)
    assert confirm(token_in(mailoutbox[0])).json()["name"] == name


def test_an_account_whose_name_is_its_address_is_named(make_user: Callable[..., User]) -> None:
    user = unconfirmed(make_user, ADDRESS)
    assert confirm(email_token(user, ADDRESS)).json() == {"name": ADDRESS, "email": ADDRESS}
    assert log_in(ADDRESS) == 200


def test_a_page_of_the_operator_takes_the_place_of_the_route(
    mailoutbox: Mails, settings: Any
) -> None:
    settings.EMAIL_CONFIRM_URL = "https://shop.example.org/confirm#{token}"
    register()
    page, _, token = token_in(mailoutbox[0]).partition("#")
    assert page == "https://shop.example.org/confirm"
    assert confirm(token).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost"])
def test_no_mail_leads_to_the_host_of_the_request(
    host: str, make_user: Callable[..., User], mailoutbox: Mails, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_URL = "https://books.example.org"
    register(HTTP_HOST=host)
    ConformingClient().post(RESET, {"email": ADDRESS}, HTTP_HOST=host)
    ConformingClient().post(RESEND, {"email": ADDRESS}, HTTP_HOST=host)
    assert len(mailoutbox) == 3
    for mail in mailoutbox:
        assert "    https://books.example.org/account/" in str(mail.body)
        assert host not in str(mail.body)


# --- Tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "status"), [(3600, 200), (3601, 403)])
def test_a_token_is_good_for_an_hour(
    seconds: int,
    status: int,
    make_user: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_800_000_000
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: now))
    token = email_token(unconfirmed(make_user, "kim"), ADDRESS)
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: now + seconds))
    assert confirm(token).status_code == status


def test_a_token_works_once(make_user: Callable[..., User]) -> None:
    user = unconfirmed(make_user, "kim")
    first, second = email_token(user, ADDRESS), email_token(user, ADDRESS)
    assert confirm(first).status_code == 200
    assert refused(confirm(first)) == refused(confirm(second))


def deactivated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def deleted(user: User) -> None:
    user.delete()


def signed_out(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)


def changed(user: User) -> None:
    user.email = "other@example.org"
    user.save(update_fields=["email"])


@pytest.mark.parametrize("change", [deactivated, deleted, signed_out, changed])
def test_a_token_is_void_once_the_account_has_changed(
    change: Callable[[User], None], make_user: Callable[..., User]
) -> None:
    user = unconfirmed(make_user, "kim")
    token = email_token(user, ADDRESS)
    change(user)
    refused(confirm(token))
    assert not User.objects.filter(email_confirmed_at__isnull=False).exists()


def test_a_made_up_token_is_403_and_asks_no_database(
    make_user: Callable[..., User], django_assert_num_queries: Callable[[int], Any]
) -> None:
    user, other = unconfirmed(make_user, "kim"), make_user("lee")
    token = email_token(user, ADDRESS)
    unsigned = ["x", "é" * 40, "." * 9_000, token[:-1], token.partition(".")[2], token.upper()]
    with django_assert_num_queries(0):
        answers = [refused(confirm(each)) for each in unsigned]
    stolen = f"{other.public_id.hex}.{token.partition('.')[2]}"
    nobodys = f"{'0' * 32}.{token.partition('.')[2]}"
    answers += [refused(confirm(stolen)), refused(confirm(nobodys))]
    assert all(answer == answers[0] for answer in answers)
    user.refresh_from_db()
    assert user.email_confirmed_at is None


def test_a_token_outlives_a_new_secret_key(make_user: Callable[..., User], settings: Any) -> None:
    token = email_token(unconfirmed(make_user, "kim"), ADDRESS)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "k" * 50
    refused(confirm(token))
    settings.SECRET_KEY_FALLBACKS = [former]
    assert confirm(token).status_code == 200


def test_a_body_without_a_token_is_400(anonymous: ConformingClient) -> None:
    response = anonymous.post(CONFIRM, {})
    assert (response.status_code, field_codes(response)) == (400, {("#/token", "required")})


def test_the_work_of_a_confirmation_is_fixed(
    make_user: Callable[..., User], django_assert_num_queries: Callable[[int], Any]
) -> None:
    user = unconfirmed(make_user, "kim")
    # The account; those with the address; locked; another's; and the write and the event in
    # two savepoints.
    with django_assert_num_queries(10):
        assert confirm(email_token(user, ADDRESS)).status_code == 200


def test_a_network_tries_a_limited_number_of_times(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (2, 3600)}
    assert [confirm("x").status_code for _ in range(3)] == [403, 403, 429]
    assert ConformingClient().post(RESEND, {"email": ADDRESS}).status_code == 429


# --- The other spelling, for a signed-in user -----------------------------------------------------


def test_the_own_route_takes_tokens_of_the_release_before(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    token = signing.dumps([keyed_digest(SALT, _state(ada, ADDRESS)), ADDRESS], salt=SALT)
    assert client_of(ada).post(f"{OWN}/confirm", {"token": token}).status_code == 204
    ada.refresh_from_db()
    assert ada.email == ADDRESS
    assert ada.email_confirmed_at is not None


def test_a_change_is_confirmed_by_either_route(ada: User, mailoutbox: Mails) -> None:
    email_change_request(user=ada, email=ADDRESS, origin=Origin())
    assert confirm(token_in(mailoutbox[0])).json() == {"name": "ada", "email": ADDRESS}
    assert [mail.to for mail in mailoutbox[1:]] == [["ada@example.org"]]
    assert kinds(ada) == ["email_change_requested", "email_changed"]
    assert AuthEvent.objects.get(kind="email_changed").actor_id is None


def test_the_own_address_can_be_confirmed_later(
    make_user: Callable[..., User],
    client_of: Callable[[User], ConformingClient],
    mailoutbox: Mails,
) -> None:
    user = unconfirmed(make_user, "kim")
    body = {"email": ADDRESS, "current_password": PASSWORD}
    assert client_of(user).post(OWN, body).status_code == 202
    assert confirm(token_in(mailoutbox[0])).status_code == 200
    assert kinds(user)[1:] == ["email_change_requested", "email_confirmed"]
    assert len(mailoutbox) == 1


def test_an_address_that_is_changed_without_a_mail_is_unconfirmed(ada: User) -> None:
    assert ada.email_confirmed_at is not None
    ada.email = "ada.new@example.org"
    ada.save(update_fields=["email"])
    ada.refresh_from_db()
    assert ada.email == "ada.new@example.org"
    assert not User.objects.filter(email_confirmed_at__isnull=False).exists()


# --- One address, several accounts ----------------------------------------------------------------


def test_an_unconfirmed_address_holds_nothing(mailoutbox: Mails) -> None:
    assert register("mal.lory x").status_code == 201
    assert register("kim").status_code == 201
    assert confirm(token_in(mailoutbox[1])).json()["name"] == "kim"

    squatter = User.objects.get(name="mal.lory x")
    assert (squatter.email, squatter.email_key) == (None, None)
    assert kinds(squatter) == ["email_dropped"]
    # The token that the squatter's registration caused is void.
    refused(confirm(token_in(mailoutbox[0])))
    # Nobody tells the stranger who confirmed it.
    event = AuthEvent.objects.get(kind="email_dropped")
    assert (event.actor_id, event.address, event.user_agent) == (None, None, "")


def test_a_confirmed_address_is_taken_in_any_case(ada: User, mailoutbox: Mails) -> None:
    response = register(email="ADA@Example.ORG")
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert (User.objects.count(), mailoutbox) == (1, [])


def test_an_address_that_was_confirmed_meanwhile_is_409(make_user: Callable[..., User]) -> None:
    user = unconfirmed(make_user, "kim")
    token = email_token(user, ADDRESS)
    make_user("lee", email=ADDRESS)
    response = confirm(token)
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    user.refresh_from_db()
    assert user.email_confirmed_at is None


def test_of_two_confirmations_at_once_the_second_is_409(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival confirms between the check and the write: the constraint decides."""
    user, rival = unconfirmed(make_user, "kim"), make_user("lee")
    save = User.save

    def overtaken(self: User, *args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(User, "save", save)
        now = timezone.now()
        User.objects.filter(pk=rival.pk).update(email_key=ADDRESS, email_confirmed_at=now)
        self.save(*args, **kwargs)

    token = email_token(user, ADDRESS)
    monkeypatch.setattr(User, "save", overtaken)
    response = confirm(token)
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")


def test_the_database_keeps_a_confirmed_address_for_one(make_user: Callable[..., User]) -> None:
    unconfirmed(make_user, "kim")
    make_user("lee", email=ADDRESS)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("pat", email=ADDRESS.upper())


def test_an_address_that_is_somebodys_name_is_confirmed_by_nobody_else(
    make_user: Callable[..., User],
    client_of: Callable[[User], ConformingClient],
    mailoutbox: Mails,
) -> None:
    owner = make_user(ADDRESS)
    assert register("kim").status_code == 201
    (mail,) = mailoutbox
    assert mail.subject == "You have an account – Bookstore"
    user = User.objects.get(name="kim")
    response = confirm(email_token(user, ADDRESS))
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    asked = client_of(user).post(OWN, {"email": ADDRESS, "current_password": PASSWORD})
    assert (asked.status_code, asked.json()["code"]) == (409, "email_taken")
    # A reset still reaches the account, and does not give it the address.
    assert ConformingClient().post(
        f"{RESET}/confirm", {"token": reset_token(user), "new_password": NEW}
    ).json() == {"name": "kim"}
    user.refresh_from_db()
    assert user.email_confirmed_at is None
    assert User.objects.of_login(ADDRESS) == owner


def test_a_name_that_is_a_confirmed_address_is_taken_for_admins_too(
    ada: User, bob: User, boss: User, admin_of: Callable[[User], Client]
) -> None:
    form = {"name": "Ada@example.org", "is_active": "on"}
    response = admin_of(boss).post(f"/admin/accounts/user/{bob.pk}/change/", form)
    assert response.status_code == 200
    assert b"This name is taken." in response.content
    bob.refresh_from_db()
    assert bob.name == "bob"


def test_a_confirmation_drops_a_bounded_number_and_prune_the_rest(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_confirmation, "MAXIMUM_DROPPED", 2)
    others = [unconfirmed(make_user, f"stranger{number}") for number in range(4)]
    user = unconfirmed(make_user, "kim")
    apart = unconfirmed(make_user, "pat", "pat@example.org")
    assert confirm(email_token(user, ADDRESS)).status_code == 200
    assert User.objects.with_email(ADDRESS).count() == 3
    call_command("prune")
    assert list(User.objects.with_email(ADDRESS)) == [user]
    assert [kinds(other) for other in others] == [["email_dropped"]] * 4
    apart.refresh_from_db()
    assert apart.email == "pat@example.org"


def test_what_changed_before_the_lock_is_left_alone(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    user, moved = unconfirmed(make_user, "kim"), unconfirmed(make_user, "lee")
    lock: Any = vars(email_confirmation)["_lock"]

    def overtaken(user: User, email: str) -> Any:
        """Between the two queries, another account with the address takes another one."""
        locked, others = lock(user, email)
        moved.email = "lee@example.org"
        moved.save(update_fields=["email"])
        return locked, [User.objects.get(pk=other.pk) for other in others]

    monkeypatch.setattr(email_confirmation, "_lock", overtaken)
    assert confirm(email_token(user, ADDRESS)).status_code == 200
    moved.refresh_from_db()
    assert moved.email == "lee@example.org"
    assert kinds(moved) == []


def test_the_sessions_of_the_signed_in_user_may_have_ended(ada: User) -> None:
    token = email_token(ada, ADDRESS)
    signed_out(ada)
    with pytest.raises(SessionEndedError):
        email_confirm(token=token, origin=Origin(), only=ada)


def test_a_reset_confirms_no_address_that_was_changed_meanwhile(
    make_user: Callable[..., User],
) -> None:
    stale = unconfirmed(make_user, "kim")
    changed(User.objects.get(pk=stale.pk))
    own_email_confirm(stale, origin=Origin())
    assert not User.objects.filter(email_confirmed_at__isnull=False).exists()


# --- Login ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_only_a_confirmed_address_logs_in_on_every_way(
    make_user: Callable[..., User], is_confirmed: bool
) -> None:
    confirmed_at = timezone.now() if is_confirmed else None
    make_user("kim", email=ADDRESS, email_confirmed_at=confirmed_at, admin=True)
    client = ConformingClient()
    answers = [
        log_in("KIM@Example.org"),
        client.post("/login", {"email": ADDRESS, "password": PASSWORD}).status_code,
        client.post("/login", {"name": ADDRESS, "password": PASSWORD}).status_code,
    ]
    for page in ("/api/session/login/", "/admin/login/"):
        form = {"username": ADDRESS, "password": PASSWORD}
        answers.append({302: 200, 200: 401}[Client().post(page, form).status_code])
    assert answers == [200 if is_confirmed else 401] * 5
    assert log_in("kim") == 200


def test_a_name_comes_before_an_address(make_user: Callable[..., User]) -> None:
    named = make_user(ADDRESS)
    # The record of an older release, before such addresses were refused.
    other = make_user("kim", email=ADDRESS)
    assert User.objects.of_login(ADDRESS.upper()) == named
    assert User.objects.of_login("KIM") == other


@pytest.mark.parametrize("text", ["a\x00@example.org", "a\ud800@example.org", "@", "a@", "a@b⑴.de"])
def test_what_is_no_address_is_nobodys(text: str, ada: User) -> None:
    assert User.objects.of_login(text) is None


def test_an_address_is_found_by_one_query_by_index(
    ada: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        assert User.objects.of_login("Ada@example.org") == ada
    if connection.vendor == "sqlite":
        assert "SCAN" not in User.objects.of_address(ADDRESS).explain()


def test_a_long_address_signs_in_at_a_page(make_user: Callable[..., User]) -> None:
    email = f"{'k' * 60}@{'.'.join(['d' * 60] * 2)}.example.org"
    assert len(email) > 150
    make_user("kim", email=email)
    form = {"username": email, "password": PASSWORD}
    assert Client().post("/api/session/login/", form).status_code == 302


# --- Resets ---------------------------------------------------------------------------------------


def test_a_reset_goes_to_an_unconfirmed_address_and_confirms_it(
    make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    user, squatter = unconfirmed(make_user, "kim lee"), unconfirmed(make_user, "mal lory")
    ConformingClient().post(RESET, {"email": ADDRESS})
    assert [mail.to for mail in mailoutbox] == [[ADDRESS]] * 2
    named = {
        name: mail
        for mail in mailoutbox
        for name in ("kim lee", "mal lory")
        if name in str(mail.body)
    }
    body = {"token": token_in(named["kim lee"]), "new_password": NEW}
    assert ConformingClient().post(f"{RESET}/confirm", body).json() == {"name": "kim lee"}
    user.refresh_from_db()
    squatter.refresh_from_db()
    assert user.email_confirmed_at is not None
    assert squatter.email is None
    assert kinds(user) == ["password_reset_requested", "email_confirmed", "password_reset"]
    assert log_in(ADDRESS, NEW) == 200
    # The token for the squatter's account is void.
    body = {"token": token_in(named["mal lory"]), "new_password": NEW}
    assert ConformingClient().post(f"{RESET}/confirm", body).status_code == 403


def test_a_reset_goes_to_the_confirmed_account_alone(
    make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    unconfirmed(make_user, "mallory")
    make_user("kim", email=ADDRESS)
    ConformingClient().post(RESET, {"email": ADDRESS})
    (mail,) = mailoutbox
    assert "You sign in as kim." in str(mail.body)


@pytest.mark.parametrize(
    ("count", "chosen"),
    [(1, "0"), (2, "01"), (3, "021"), (5, "043")],
)
def test_the_oldest_and_the_newest_of_many_accounts_get_a_mail(
    count: int, chosen: str, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    """Accounts that strangers make keep no mail from the one that was there before."""
    for number in range(count):
        unconfirmed(make_user, f"kim{number}")
    ConformingClient().post(RESET, {"email": ADDRESS})
    told = [name for mail in mailoutbox for name in re.findall(r"as kim(\d)\.", str(mail.body))]
    assert "".join(told) == chosen
    assert AuthEvent.objects.filter(kind="password_reset_requested").count() == len(chosen)
    mailoutbox.clear()
    resend()
    told = [name for mail in mailoutbox for name in re.findall(r"account kim(\d)", str(mail.body))]
    assert "".join(told) == chosen


# --- Another mail ---------------------------------------------------------------------------------


def resend(email: str = ADDRESS, **headers: Any) -> Any:
    return ConformingClient().post(RESEND, {"email": email}, **headers)


def test_another_mail_confirms_too(make_user: Callable[..., User], mailoutbox: Mails) -> None:
    unconfirmed(make_user, "kim", "Kim@Example.org")
    response = resend()
    assert (response.status_code, response.json()) == (202, {})
    (mail,) = mailoutbox
    assert mail.to == ["Kim@Example.org"]
    assert confirm(token_in(mail)).json() == {"name": "kim", "email": "Kim@Example.org"}
    assert not QueuedMail.objects.exists()


def test_each_account_with_the_address_gets_another_mail(
    make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    for name in ("kim", "lee"):
        unconfirmed(make_user, name)
    resend()
    answers = [confirm(token_in(mail)) for mail in mailoutbox]
    assert [answer.status_code for answer in answers] == [200, 403]


def test_of_two_senders_one_makes_the_mails_of_several_accounts(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    for name in ("kim", "lee"):
        unconfirmed(make_user, name)
    resend()
    ours = QueuedMail.objects.get()
    assert QueuedMail.objects.lease(QueuedMail.objects.get())
    # The lease of this sender has ended, and another one has the mail.
    assert mail_resolve(ours)
    assert [mail.kind for mail in QueuedMail.objects.all()] == ["resend"]


def test_a_newer_request_replaces_the_waiting_mails(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch, mailoutbox: Mails
) -> None:
    monkeypatch.setattr("accounts.mail.texts.deliver", Mock(side_effect=ServerAwayError("away")))
    for name in ("kim", "lee"):
        unconfirmed(make_user, name)
    for _ in range(3):
        resend()
        ConformingClient().post(RESET, {"email": ADDRESS})
    waiting = QueuedMail.objects.order_by("kind", "account_id").values_list("kind", "account_id")
    assert len(waiting) == len(set(waiting)) == 4
    assert mailoutbox == []


def test_the_answer_is_the_same_for_any_address(
    ada: User, make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    unconfirmed(make_user, "mallory", "ada@example.org")
    deactivated(unconfirmed(make_user, "gone", "gone@example.org"))
    waiting = unconfirmed(make_user, "kim")
    answers = [resend(email) for email in ("ada@example.org", "gone@example.org", "no@example.org")]
    assert mailoutbox == []
    answers.append(resend())
    assert len(mailoutbox) == 1
    assert waiting.email == ADDRESS
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b"{}")}
    assert len({frozenset(answer.headers) for answer in answers}) == 1


def test_a_mailbox_gets_a_limited_number_of_them(
    make_user: Callable[..., User], mailoutbox: Mails, settings: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (2, 3600)}
    unconfirmed(make_user, "kim")
    answers = [resend(REMOTE_ADDR=f"203.0.113.{number}").status_code for number in range(6)]
    assert answers == [202] * 6
    # The first one of the account, and two further ones of all.
    assert len(mailoutbox) == 3


def test_no_address_is_400() -> None:
    response = resend("nonsense")
    assert (response.status_code, field_codes(response)) == (400, {("#/email", "invalid")})
