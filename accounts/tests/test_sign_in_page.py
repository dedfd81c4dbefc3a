"""The sign-in page: its words, the ways that lead on from it, and back to where one was."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from conftest import PASSWORD
from tests.authenticator import Authenticator

from .page_text import inputs_of, page_of

pytestmark = pytest.mark.django_db

SIGN_IN = "/api/session/login/"
ADMIN = "/admin/login/"
THEN = "/api/v1/books?q=emma&author=x"
QUERY = "?next=/api/v1/books%3Fq%3Demma%26author%3Dx"


def links_of(response: Any) -> list[str]:
    return re.findall('href="([^"]*)"', page_of(response))


@pytest.mark.parametrize("page", [SIGN_IN, ADMIN])
def test_the_page_has_the_same_words_everywhere(page: str) -> None:
    response = Client().get(page)
    text, fields = page_of(response), inputs_of(response)
    assert text.count("<h1>Sign in</h1>") == 1
    assert re.search(r'<label for="id_username"[^>]*>\s*Name or email address\s*</label>', text)
    assert 'autocomplete="username"' in fields["username"]
    assert 'autocomplete="current-password"' in fields["password"]
    assert " required" in fields["username"]
    assert "Forgot your password?" in text
    assert not re.search("log ?in", re.sub("<[^>]*>", "", text), flags=re.IGNORECASE)


def test_next_goes_along_to_the_other_ways_in() -> None:
    response = Client().get(SIGN_IN, {"next": THEN})
    assert "After that you get to the page that you asked for." in page_of(response)
    encoded = "?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma%26author%3Dx"
    for page in ("/account/register/", "/account/forgotten-password/", SIGN_IN):
        assert f"{page}{encoded}" in links_of(response)


def test_a_wrong_password_is_said_and_the_name_kept(ada: User) -> None:
    client = Client()
    response = client.post(SIGN_IN, {"username": "ada", "password": "wrong", "next": THEN})
    page = page_of(response)
    assert '<p class="error" role="alert">The name or the password is wrong.</p>' in page
    assert 'value="ada"' in inputs_of(response)["username"]
    assert "wrong" not in inputs_of(response)["password"]
    form = {"username": "ada@example.org", "password": PASSWORD, "next": THEN}
    assert client.post(SIGN_IN, form).headers["Location"] == THEN


def test_an_empty_field_is_named() -> None:
    response = Client().post(SIGN_IN, {"username": "ada", "password": ""})
    assert 'aria-describedby="id_password_error"' in inputs_of(response)["password"]


def test_who_is_signed_in_is_told_who_they_are(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    assert "You are signed in as “ada”." in page_of(client.get(SIGN_IN))


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_no_other_site_is_next(then: str, ada: User) -> None:
    client = Client()
    assert "evil" not in page_of(client.get(SIGN_IN, {"next": then}))
    form = {"username": "ada", "password": PASSWORD, "next": then}
    assert client.post(SIGN_IN, form).headers["Location"] == "/"


# --- The header of every page ---------------------------------------------------------------------


def test_the_header_leads_back_to_the_page_that_one_was_on() -> None:
    links = links_of(Client().get("/", {"x": "1"}))
    assert f"{SIGN_IN}?next=%2F%3Fx%3D1" in links
    assert "/account/register/?next=%2F%3Fx%3D1" in links
    # The form of the API for people is no page to register on.
    assert "/api/v1/auth/register" not in links
    assert "/account/register/" in links


def test_no_way_in_leads_back_to_another_one() -> None:
    for page in ("/account/register/", "/account/forgotten-password/", "/account/reset-password/"):
        assert SIGN_IN in links_of(Client().get(page))
        assert not [link for link in links_of(Client().get(page)) if "next=" in link]


def test_an_error_page_is_nothing_to_come_back_to() -> None:
    page = Client().get("/nothing", {"token": "secret"}, headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "secret" not in page_of(page)
    assert SIGN_IN in links_of(page)


def test_a_long_address_is_not_repeated() -> None:
    assert SIGN_IN in links_of(Client().get("/", {"x": "1" * 2_000}))


# --- Where a code is asked for --------------------------------------------------------------------


def test_both_pages_of_a_factor_say_why_they_ask(ada: User) -> None:
    app, client = Authenticator(ada), Client()
    form = {"username": "ada", "password": PASSWORD}
    page = client.post(SIGN_IN, form, follow=True)
    assert "Your account asks for a second factor after the password." in page_of(page)
    client.post(page.redirect_chain[0][0], {"code": app.fresh()})
    page = client.get("/api/session/step-up/")
    assert "What you are about to do needs a proof that it is you" in page_of(page)


@pytest.mark.parametrize("path", ["/.well-known/change-password", "/admin/password_change/"])
def test_the_password_is_changed_on_a_page(path: str, boss: User) -> None:
    client = Client()
    client.force_login(boss)
    assert client.get(path).headers["Location"] == "/account/password/"
