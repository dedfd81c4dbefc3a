"""EMAIL_VERIFICATION=required: who registers logs in once the address is confirmed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.mail import outbox
from accounts.mail.sender import queue_send
from accounts.models import AuthEvent, LoginSession, QueuedMail, User
from accounts.services.email_confirmation import email_token
from accounts.services.password_reset import reset_token
from bookstore_project.errors import EmailUnconfirmedError
from conftest import PASSWORD
from tests.client import ConformingClient
from tests.problems import field_codes

from .attacks.test_login_headers import basic

pytestmark = pytest.mark.django_db

# The token in a link to our page, or the whole link to a page of the operator.
MAILED = r"^    (?:\S+/account/\S+\?token=)?(\S+)$"

REGISTER = "/api/v1/auth/register"
TOKEN = "/api/v1/auth/token"
CONFIRM = "/api/v1/auth/email/confirm"
EMAIL = "/api/v1/users/me/email"
ADDRESS = "kim@example.org"
NEW = "amber-Compass-31"

Mails = list[EmailMessage]


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "required"


@pytest.fixture
def kim(mailoutbox: Mails) -> User:
    """Registered, and not confirmed yet."""
    assert register().status_code == 202
    user: User = User.objects.get(name="kim")
    return user


def register(name: str = "kim", email: str = ADDRESS, **headers: Any) -> Any:
    body = {"name": name, "password": PASSWORD, "email": email}
    return ConformingClient().post(REGISTER, body, **headers)


def log_in(name: str = "kim", password: str = PASSWORD) -> Any:
    return ConformingClient().post(TOKEN, {"name": name, "password": password})


def token_in(mail: EmailMessage) -> str:
    (token,) = re.findall(MAILED, str(mail.body), flags=re.MULTILINE)
    return str(token)


def by_json(name: str, password: str) -> Any:
    return log_in(name, password)


def by_basic(name: str, password: str) -> Any:
    return ConformingClient().post(TOKEN, HTTP_AUTHORIZATION=basic(f"{name}:{password}"))


@pytest.mark.parametrize("attempt", [by_json, by_basic])
def test_there_is_no_token_before_the_confirmation(
    attempt: Callable[[str, str], Any], kim: User, hash_calls: list[str], mailoutbox: Mails
) -> None:
    hash_calls.clear()
    response = attempt("kim", PASSWORD)
    assert (response.status_code, response.json()["code"]) == (403, "email_unconfirmed")
    assert "/api/v1/auth/email/resend" in response.json()["detail"]
    assert len(hash_calls) == 1
    assert not LoginSession.objects.exists()
    (event,) = AuthEvent.objects.all()
    assert (event.kind, event.detail) == ("login_failed", "the address is not confirmed")

    answer = ConformingClient().post(CONFIRM, {"token": token_in(mailoutbox[0])})

    assert answer.json() == {"name": "kim", "email": ADDRESS}
    assert attempt("kim", PASSWORD).status_code == 200
    assert attempt(ADDRESS, PASSWORD).status_code == 200


def test_a_wrong_password_tells_nothing_of_the_confirmation(kim: User, ada: User) -> None:
    answers = [log_in(name, "wrong") for name in ("kim", "ada", "nobody")]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.json()["code"] for answer in answers} == {"invalid_credentials"}


def test_the_right_password_does_not_count_as_a_failure(kim: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (1, 900)}
    assert [log_in().status_code for _ in range(3)] == [403] * 3


def test_code_without_a_request_gets_round_nothing(kim: User) -> None:
    with pytest.raises(EmailUnconfirmedError):
        authenticate(None, username="kim", password=PASSWORD)
    assert authenticate(None, username="kim", password="wrong") is None
    ConformingClient().post(CONFIRM, {"token": email_token(kim, ADDRESS)})
    assert authenticate(None, username="kim", password=PASSWORD) == kim


@pytest.mark.parametrize("page", ["/api/session/login/", "/admin/login/"])
def test_the_sign_in_pages_lead_to_the_mail_and_sign_nobody_in(page: str, kim: User) -> None:
    User.objects.update(admin=True)
    browser = Client()
    wrong = browser.post(page, {"username": "kim", "password": "wrong", "next": "/admin/"})
    assert wrong.status_code == 200
    response = browser.post(page, {"username": "kim", "password": PASSWORD, "next": "/admin/"})
    assert response.status_code == 302
    assert response.headers["Location"] == "/account/unconfirmed/?next=%2Fadmin%2F"
    assert "_auth_user_id" not in browser.session


def test_a_new_password_by_mail_confirms_too(kim: User) -> None:
    body = {"token": reset_token(kim), "new_password": NEW}
    assert ConformingClient().post("/api/v1/auth/password-reset/confirm", body).status_code == 200
    assert log_in(password=NEW).status_code == 200


def test_another_mail_can_be_requested(kim: User, mailoutbox: Mails) -> None:
    assert (
        ConformingClient().post("/api/v1/auth/email/resend", {"email": ADDRESS}).status_code == 202
    )
    assert ConformingClient().post(CONFIRM, {"token": token_in(mailoutbox[1])}).status_code == 200


# --- Who is bound ---------------------------------------------------------------------------------


def test_accounts_from_before_log_in_as_before(
    make_user: Callable[..., User], settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "optional"
    assert register("old").status_code == 201
    settings.EMAIL_VERIFICATION = "required"
    make_user("moved in", email="old@example.org", email_confirmed_at=None)
    assert [log_in(name).status_code for name in ("old", "moved in")] == [200, 200]


def test_a_bound_account_is_free_while_it_is_optional(kim: User, settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "optional"
    assert log_in().status_code == 200
    settings.EMAIL_VERIFICATION = "required"
    assert log_in().status_code == 403


def test_a_bound_account_keeps_an_address(
    kim: User, client_of: Callable[[User], ConformingClient], settings: Any
) -> None:
    ConformingClient().post(CONFIRM, {"token": email_token(kim, ADDRESS)})
    body = {"email": None, "current_password": PASSWORD}
    kim.refresh_from_db()
    response = client_of(kim).post(EMAIL, body)
    assert (response.status_code, response.json()["code"]) == (409, "email_required")
    kim.refresh_from_db()
    assert kim.email == ADDRESS
    settings.EMAIL_VERIFICATION = "optional"
    assert client_of(kim).post(EMAIL, body).status_code == 204


# --- Registration tells nothing -------------------------------------------------------------------


@pytest.fixture
def known(make_user: Callable[..., User]) -> list[str]:
    """Addresses of each kind: confirmed, given, of an inactive account, a name, of nobody."""
    make_user("confirmed", email="confirmed@example.org")
    make_user("given", email="given@example.org", email_confirmed_at=None)
    make_user("inactive", email="inactive@example.org", is_active=False)
    make_user("named@example.org")
    return [f"{name}@example.org" for name in ("confirmed", "given", "inactive", "named", "nobody")]


def test_the_answer_and_the_work_are_the_same_for_any_address(
    known: list[str], hash_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "wake", lambda: None)
    seen = []
    for number, email in enumerate(known):
        hash_calls.clear()
        with CaptureQueriesContext(connection) as queries:
            response = register(f"new{number}", email)
        shapes = [re.sub(r"'[^']*'|[0-9]+", "?", query["sql"]) for query in queries]
        headers = {name for name in response.headers if name != "X-Request-Id"}
        seen.append((response.status_code, response.content, headers, shapes, len(hash_calls)))
    assert seen == [seen[0]] * len(known)
    assert seen[0][:2] == (202, b"{}")
    # The name is taken by then, also if the address is another account's.
    assert {register(f"new{number}", "x@example.org").status_code for number in range(5)} == {409}


def test_the_owner_of_a_known_address_gets_a_mail_that_says_so(
    make_user: Callable[..., User], mailoutbox: Mails
) -> None:
    make_user("ada.lovelace x", email=ADDRESS)
    assert register("kim").status_code == 202
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([ADDRESS], "You have an account – Bookstore")
    body = str(mail.body)
    assert "ada.lovelace x" in body
    assert not re.search(r"\bkim\b(?!@)", body)
    links = re.findall(r"^    (\S+)$", body, flags=re.MULTILINE)
    assert links == ["http://localhost:8000/account/forgotten-password/"]


def test_a_name_that_is_taken_is_told(ada: User) -> None:
    response = register("ADA")
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")


def test_a_change_of_address_tells_nothing_either(
    ada: User,
    make_user: Callable[..., User],
    client_of: Callable[[User], ConformingClient],
    mailoutbox: Mails,
) -> None:
    make_user("kim", email=ADDRESS)
    for email in (ADDRESS, "nobody@example.org"):
        body = {"email": email, "current_password": PASSWORD}
        response = client_of(ada).post(EMAIL, body)
        assert (response.status_code, response.json()) == (202, {})
    assert [mail.subject.partition(" –")[0] for mail in mailoutbox] == [
        "You have an account",
        "Confirm your address",
    ]


@pytest.mark.parametrize("email", [{}, {"email": None}])
def test_registering_without_an_address_is_400(email: dict[str, Any]) -> None:
    body = {"name": "kim", "password": PASSWORD, **email}
    response = ConformingClient().post(REGISTER, body)
    assert (response.status_code, field_codes(response)) == (400, {("#/email", "required")})
    assert not User.objects.exists()


def test_a_mail_that_waits_is_of_the_state_when_it_is_sent(
    make_user: Callable[..., User], mailoutbox: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is confirmed by another account while the mail waits."""
    monkeypatch.setattr(outbox, "wake", lambda: None)
    register("kim")
    assert QueuedMail.objects.get().kind == "confirmation"
    make_user("lee", email=ADDRESS)
    queue_send()
    assert [mail.subject for mail in mailoutbox] == ["You have an account – Bookstore"]


# --- The tutorial's routes ------------------------------------------------------------------------


def test_the_tutorials_routes_need_the_address_and_the_confirmation(mailoutbox: Mails) -> None:
    client = ConformingClient()
    body = {"name": "kim", "password": PASSWORD}
    response = client.post("/register", body)
    assert response.status_code == 400
    assert response.json() == {"message": "email: This field is required."}
    response = client.post("/register", {**body, "email": "nonsense"})
    assert response.status_code == 400
    response = client.post("/register", {**body, "email": ADDRESS})
    assert (response.status_code, response.json()) == (200, {"message": "registered successfully"})

    header: dict[str, Any] = {"HTTP_AUTHORIZATION": basic(f"kim:{PASSWORD}")}
    for answer in (client.post("/login", **header), client.post("/login", body)):
        assert (answer.status_code, answer.content) == (401, b"could not verify")
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="bookstore"')
    client.post(CONFIRM, {"token": token_in(mailoutbox[0])})
    assert client.post("/login", **header).status_code == 200


def test_the_tutorials_registration_tells_nothing(ada: User, mailoutbox: Mails) -> None:
    answers = [
        ConformingClient().post(
            "/register", {"name": name, "password": PASSWORD, "email": f"{name[:3]}@example.org"}
        )
        for name in ("ada-2", "kim")
    ]
    assert {(each.status_code, each.content) for each in answers} == {
        (200, b'{"message":"registered successfully"}')
    }
    assert [mail.subject.partition(" –")[0] for mail in mailoutbox] == [
        "You have an account",
        "Confirm your address",
    ]


def test_the_tutorials_registration_ignores_an_address_where_none_is_needed(
    settings: Any, mailoutbox: Mails
) -> None:
    settings.EMAIL_VERIFICATION = "optional"
    body = {"name": "kim", "password": PASSWORD, "email": "nonsense"}
    assert ConformingClient().post("/register", body).status_code == 200
    assert User.objects.get().email is None
    assert mailoutbox == []
