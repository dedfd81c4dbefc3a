"""Links to accounts of providers, which somebody who is not the owner wants to have."""

from typing import Any

import pytest
from django.conf import settings as used_settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import ProviderLink, User
from accounts.tests.pages import PROOF, browser_of, text_of
from accounts.tests.provider import Provider
from accounts.tests.provider_browser import ANSWER, LINK, REGISTER, SIGN_IN, come_back
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW = {"name": "grace", "password": "amber-Compass-31", "email": ""}


def with_the_cookie_of(client: Client) -> Client:
    """Return the browser of somebody who has stolen the cookie of a session."""
    thief = Client()
    name = used_settings.SESSION_COOKIE_NAME
    thief.cookies[name] = client.cookies[name].value
    return thief


def account_at(provider: Provider, subject: str) -> None:
    """Let the provider sign the next one in with the account of this subject."""
    provider.claims = {"sub": subject, "email": f"{subject}@acme.example"}


# --- Between the page that shows an account and its form -----------------------------------------


def test_a_thief_of_the_cookie_puts_no_other_account_in_the_place_of_the_one_shown(
    ada: User, provider: Provider
) -> None:
    """The thief signs in at the provider while the owner types the password."""
    owner = browser_of(ada)
    account_at(provider, "of-ada")
    come_back(owner, provider, link="1")
    assert "of-ada@acme.example" in text_of(owner.get(LINK))
    account_at(provider, "of-mallory")
    assert come_back(with_the_cookie_of(owner), provider, link="1").headers["Location"] == LINK

    answer = owner.post(LINK, PROOF)

    assert answer.headers["Location"] == f"{SIGN_IN}?next={LINK}"
    assert not ProviderLink.objects.exists()


def test_nor_does_a_cookie_from_before_the_answer(ada: User, provider: Provider) -> None:
    owner = browser_of(ada)
    thief = with_the_cookie_of(owner)
    account_at(provider, "of-ada")
    come_back(owner, provider, link="1")
    assert thief.get(LINK).headers["Location"] == f"{SIGN_IN}?next={LINK}"
    assert SESSION_KEY not in thief.session
    assert owner.post(LINK, PROOF).status_code == 302
    assert ProviderLink.objects.get().subject == "of-ada"


def test_nor_is_a_new_account_linked_with_another_than_the_one_shown(provider: Provider) -> None:
    new = Client()
    account_at(provider, "of-grace")
    come_back(new, provider)
    assert "of-grace@acme.example" in text_of(new.get(REGISTER))
    account_at(provider, "of-mallory")
    come_back(with_the_cookie_of(new), provider)

    assert new.post(REGISTER, NEW).headers["Location"] == SIGN_IN

    assert not ProviderLink.objects.exists()
    assert not User.objects.exists()


# --- Counted against a visitor of another site ---------------------------------------------------


def test_a_page_elsewhere_uses_up_no_sign_ins_of_its_visitors(
    ada: User, provider: Provider, settings: Any
) -> None:
    """An image of theirs is a GET without the cookie, from the network of the visitor."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "login": (2, 60)}
    visitor = Client()
    for _image in range(5):
        answer = visitor.get(ANSWER, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.headers["Location"] == SIGN_IN
    sent = {"username": "ada", "password": PASSWORD}
    assert visitor.post(SIGN_IN, sent).headers["Location"] == "/"
