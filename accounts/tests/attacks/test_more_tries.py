"""Somebody without the password guesses it no more often than a session may."""

import html
import re

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.pages import PROOF, browser_of
from accounts.tests.proofs import bearer
from accounts.tests.provider import Provider
from accounts.tests.provider_browser import come_back, linked
from accounts.tests.test_token_pages import access_token
from bookstore_project.http.rate_limits import Limit

pytestmark = pytest.mark.django_db

NAME = "/account/name/"
EMAIL = "/api/v1/users/me/email"
PAGE = "/account/access-token/"


def tries_with(token: str) -> int:
    """Return how many wrong passwords are checked until the limit refuses one."""
    body = {"email": "mallory@example.net", "current_password": "wrong-Harbour-27"}
    tries = 0
    while bearer(token).post(EMAIL, body).status_code == 403:
        tries += 1
    return tries


def test_tokens_of_the_account_page_give_no_further_guesses_of_the_password(ada: User) -> None:
    """Each is a session of its own, and is had without the password."""
    thief = Client()
    thief.force_login(ada)
    tries = 0
    for _ in range(3):
        page = html.unescape(thief.post(PAGE).content.decode())
        (token,) = set(re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", page))
        tries += tries_with(token)
    assert tries == Limit.named("failed-login").quota


def test_sign_ins_with_a_provider_give_no_further_guesses_of_the_password(
    ada: User, provider: Provider
) -> None:
    """Each is a session of its own, and is had without the password."""
    linked(ada, provider)
    tries = 0
    for _ in range(3):
        thief = Client()
        assert come_back(thief, provider).headers["Location"] == "/"
        sent = {"name": "mallory", "current_password": "wrong-Harbour-27"}
        while "This is not your password." in thief.post(NAME, sent).content.decode():
            tries += 1
        tries += tries_with(access_token(thief))
    assert tries == Limit.named("failed-login").quota
    owner = browser_of(ada)
    assert owner.post(NAME, {"name": "ada lovelace", **PROOF}).status_code == 302
