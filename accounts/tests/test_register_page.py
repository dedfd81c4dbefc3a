"""The page that makes an account, and the page where a new user begins."""

import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import AuthEvent, LoginSession, User
from accounts.models.session import SessionKind
from conftest import PASSWORD

from .page_text import csrf_token, errors_of, inputs_of, page_of

pytestmark = pytest.mark.django_db

REGISTER = "/account/register/"
WELCOME = "/account/welcome/"
FORM = {"name": "kim", "password": PASSWORD}

Mails = list[EmailMessage]


def register(client: Client, **fields: str) -> Any:
    return client.post(REGISTER, {**FORM, **fields})


def test_who_registers_is_signed_in_and_led_on(hash_calls: list[str]) -> None:
    client = Client()
    response = register(client)
    assert (response.status_code, response.headers["Location"]) == (302, WELCOME)
    assert len(hash_calls) == 1
    user = User.objects.get()
    assert (user.name, user.email, user.check_password(PASSWORD)) == ("kim", None, True)
    assert client.session[SESSION_KEY] == str(user.pk)
    (session,) = LoginSession.objects.all()
    assert (session.user, session.kind) == (user, SessionKind.BROWSER)
    page = page_of(client.get(WELCOME))
    assert "<h1>Welcome, kim</h1>" in page
    for address in (
        "/api/v1/books#post-object-form",
        "/account/access-token/",
        "/api/docs",
        "/account/",
    ):
        assert f'href="{address}"' in page


def test_the_form_says_what_is_asked_for(settings: Any) -> None:
    settings.PASSWORD_MIN_LENGTH = 12
    response = Client().get(REGISTER)
    page, fields = page_of(response), inputs_of(response)
    assert 'autocomplete="username"' in fields["name"]
    assert {" required", " autofocus"} <= set(re.findall(" required| autofocus", fields["name"]))
    assert 'autocomplete="email"' in fields["email"]
    assert " required" not in fields["email"]
    assert 'autocomplete="new-password"' in fields["password"]
    assert 'aria-describedby="id_password_helptext"' in fields["password"]
    assert "At least 12 characters, not only digits" in page
    assert page.count("<h1>") == page.count("<main") == 1


def test_an_address_gets_a_mail_and_the_welcome_page_says_so(mailoutbox: Mails) -> None:
    client = Client()
    register(client, email="kim@example.org")
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["kim@example.org"], "Confirm your address – Bookstore")
    assert "A mail is on its way to kim@example.org." in page_of(client.get(WELCOME))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"name": "This field is required."}),
        ({"name": "k:m"}, {"name": "A name can't contain a colon."}),
        (
            {"name": "kim@example.org"},
            {
                "name": "A name can't contain an @: it would look like an email address.",
            },
        ),
        ({"name": "k" * 151}, {"name": "A name has at most 150 characters."}),
        ({"email": "nonsense"}, {"email": "Enter a valid email address."}),
        ({"password": ""}, {"password": "This field is required."}),
        (
            {"password": "kimberley-1", "name": "kimberley"},
            {"password": "The password is too similar to the name."},
        ),
        (
            {"password": "kim@example.org", "email": "kim@example.org", "name": ""},
            {
                "name": "This field is required.",
                "password": "The password is too similar to the email address.",
            },
        ),
        (
            {"name": "ADA"},
            {"name": "This name is taken. Choose another, or sign in if it is yours."},
        ),
        (
            {"name": "\u0430\u0501\u0430"},
            {"name": "This name looks like that of another account. Choose another."},
        ),
        (
            {"email": "Ada@example.org"},
            {
                "email": "Another account has this address. If it is yours, sign in or ask for a "
                "new password."
            },
        ),
    ],
)
def test_a_refused_form_says_why_at_the_field(
    fields: dict[str, str], wrong: dict[str, str], ada: User, hash_calls: list[str]
) -> None:
    client = Client()
    response = register(client, **fields)
    assert (response.status_code, errors_of(response)) == (200, wrong)
    first = min(wrong, key=["name", "email", "password"].index)
    for name in wrong:
        assert (" autofocus" in inputs_of(response)[name]) == (name == first)
    assert PASSWORD not in page_of(response)
    assert list(User.objects.all()) == [ada]
    assert SESSION_KEY not in client.session
    assert hash_calls == []


def test_next_goes_along(ada: User) -> None:
    client = Client()
    then = "/api/v1/books?q=emma"
    assert f'name="next" value="{then}"' in page_of(client.get(REGISTER, {"next": then}))
    response = register(client, next=then)
    assert response.headers["Location"] == f"{WELCOME}?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"
    assert f'class="button" href="{then}"' in page_of(client.get(response.headers["Location"]))
    # The header of the home page gives its own address, which has less to go on with.
    assert 'class="button"' not in page_of(client.get(WELCOME, {"next": "/"}))


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_other_site_is_next(then: str) -> None:
    client = Client()
    assert "evil" not in page_of(client.get(REGISTER, {"next": then}))
    assert register(client, next=then).headers["Location"] == WELCOME
    page = page_of(client.get(WELCOME, {"next": then}))
    assert "evil" not in page
    assert "alert" not in page


def test_the_session_gets_another_key() -> None:
    """Somebody may have put the present one into this browser."""
    client = Client()
    # Creates the session, and with it the cookie.
    session = client.session
    session.save()
    planted = client.cookies["sessionid"].value
    register(client)
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(WELCOME).status_code == 302


def test_who_is_signed_in_makes_no_second_account(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    assert client.get(REGISTER).headers["Location"] == "/account/"
    assert register(client).headers["Location"] == "/account/"
    assert list(User.objects.all()) == [ada]


def test_a_form_needs_its_token_and_comes_from_here() -> None:
    client = Client(enforce_csrf_checks=True)
    assert register(client).status_code == 403
    token = csrf_token(client.get(REGISTER))
    form = {**FORM, "csrfmiddlewaretoken": token}
    foreign = client.post(REGISTER, form, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert client.post(REGISTER, form).status_code == 302


def test_the_limit_is_that_of_the_route(settings: Any, hash_calls: list[str]) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "register": (1, 3600), "login": (0, 60)}
    assert register(Client()).status_code == 302
    response = register(Client(), name="lee")
    assert response.status_code == 200
    assert "There were too many attempts. Try again in" in page_of(response)
    assert 'value="lee"' in page_of(response)
    assert len(hash_calls) == 1
    api = Client().post(
        "/api/v1/auth/register", {"name": "lee", "password": PASSWORD}, "application/json"
    )
    assert api.status_code == 429


def test_nobody_reads_the_welcome_page_without_an_account() -> None:
    response = Client().get(WELCOME)
    assert response.headers["Location"] == f"/api/session/login/?next={WELCOME}"


def test_no_browser_keeps_the_pages(ada: User) -> None:
    client = Client()
    assert "no-store" in client.get(REGISTER).headers["Cache-Control"]
    client.force_login(ada)
    assert "no-store" in client.get(WELCOME).headers["Cache-Control"]


def test_the_event_has_no_actor_but_its_own(ada: User) -> None:
    register(Client(), email="kim@example.org")
    assert {event.actor_name for event in AuthEvent.objects.filter(kind="login")} == {"kim"}
