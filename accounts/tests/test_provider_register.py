"""An account for somebody whom a provider names, by the rules of every registration."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client

from accounts.mail.sender import queue_send
from accounts.models import AuthEvent, ProviderLink, User

from .page_text import errors_of, inputs_of
from .pages import browser_of, text_of
from .provider import SUBJECT, Provider
from .provider_browser import REGISTER, SIGN_IN, come_back, linked

pytestmark = pytest.mark.django_db

NEW = {"name": "grace", "password": "amber-Compass-31"}
VERIFIED = {"email": "grace@example.org", "email_verified": True, "preferred_username": "grace"}


def arrived(provider: Provider, **userinfo: Any) -> Client:
    """Return the browser of somebody whom the provider has named, and nobody knows."""
    provider.userinfo = userinfo
    client = Client()
    assert come_back(client, provider).headers["Location"] == REGISTER
    return client


def test_somebody_new_registers_with_a_verified_address(provider: Provider) -> None:
    client = arrived(provider, **VERIFIED)
    page = client.get(REGISTER)
    assert "No account here is linked with “grace@example.org” of Acme." in text_of(page)
    assert "Your address is grace@example.org." in text_of(page)
    assert 'value="grace"' in inputs_of(page)["name"]
    assert "email" not in inputs_of(page)
    answer = client.post(REGISTER, NEW)
    assert answer.headers["Location"] == "/account/welcome/"
    user = User.objects.get(name="grace")
    assert client.session[SESSION_KEY] == str(user.pk)
    assert (user.email, user.check_password(NEW["password"])) == ("grace@example.org", True)
    assert user.email_confirmed_at is not None
    link = ProviderLink.objects.get()
    assert (link.user, link.subject, link.shown_as) == (user, SUBJECT, "grace@example.org")
    kinds = AuthEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["email_confirmed", "provider_linked", "login"]
    assert come_back(Client(), provider).headers["Location"] == "/"


def test_no_mail_asks_to_confirm_what_the_provider_has(provider: Provider, settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "required"
    client = arrived(provider, **VERIFIED)
    assert client.post(REGISTER, NEW).headers["Location"] == "/account/welcome/"
    queue_send()
    assert "onfirm" not in "".join(str(each.subject) for each in mail.outbox)


def test_an_address_that_others_have_not_confirmed_is_dropped_from_them(
    make_user: Callable[..., User], provider: Provider
) -> None:
    other = make_user("squatter", email="grace@example.org", email_confirmed_at=None)
    arrived(provider, **VERIFIED).post(REGISTER, NEW)
    other.refresh_from_db()
    assert (other.email, User.objects.get(name="grace").email) == (None, "grace@example.org")


def test_an_address_that_is_confirmed_while_the_form_is_open(
    make_user: Callable[..., User], provider: Provider
) -> None:
    client = arrived(provider, **VERIFIED)
    make_user("first", email="grace@example.org")
    page = client.post(REGISTER, NEW)
    assert page.status_code == 200
    assert "Another account has this address." in str(page.context["form"].errors)
    assert not User.objects.filter(name="grace").exists()
    assert not ProviderLink.objects.exists()


def test_without_a_verified_address_it_may_be_left_out(provider: Provider) -> None:
    client = arrived(provider, name="Grace Hopper")
    page = client.get(REGISTER)
    assert "No account here is linked with “Grace Hopper” of Acme." in text_of(page)
    assert "Email address (optional)" in text_of(page)
    assert client.post(REGISTER, NEW).headers["Location"] == "/account/welcome/"
    assert User.objects.get(name="grace").email is None


def test_where_it_must_be_confirmed_nobody_is_signed_in_before(
    provider: Provider, settings: Any
) -> None:
    settings.EMAIL_VERIFICATION = "required"
    client = arrived(provider, email="grace@example.org")
    assert 'value="grace@example.org"' in inputs_of(client.get(REGISTER))["email"]
    assert "email" in errors_of(client.post(REGISTER, {**NEW, "email": ""}))
    answer = client.post(REGISTER, {**NEW, "email": "grace@example.org"})
    assert answer.headers["Location"] == "/account/unconfirmed/"
    assert SESSION_KEY not in client.session
    assert come_back(Client(), provider).headers["Location"] == "/account/unconfirmed/"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ada", "This name is taken."),
        ("соре", "This name looks like that of another account."),
        ("", "This field is required."),
    ],
)
def test_the_rules_of_names_hold(
    name: str, words: str, ada: User, make_user: Callable[..., User], provider: Provider
) -> None:
    make_user("cope")
    client = arrived(provider, **VERIFIED)
    page = client.post(REGISTER, {**NEW, "name": name})
    assert words in errors_of(page)["name"]
    assert not ProviderLink.objects.exists()


def test_the_password_is_not_like_the_address(provider: Provider) -> None:
    client = arrived(provider, **VERIFIED)
    page = client.post(REGISTER, {"name": "hopper", "password": "grace@example.org"})
    assert "too similar" in errors_of(page)["password"]


def test_the_limit_of_registrations(provider: Provider, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "register": (1, 3600)}
    client = arrived(provider, **VERIFIED)
    client.post(REGISTER, {})
    assert "There were too many attempts." in text_of(client.post(REGISTER, NEW))
    assert not User.objects.filter(name="grace").exists()


def test_an_account_that_another_window_has_linked_meanwhile(ada: User, provider: Provider) -> None:
    client = arrived(provider, **VERIFIED)
    linked(ada, provider)
    assert "Another account here is linked with this account." in text_of(
        client.post(REGISTER, NEW)
    )
    assert not User.objects.filter(name="grace").exists()


def test_nobody_new_without_a_provider(ada: User, provider: Provider) -> None:
    assert Client().get(REGISTER).headers["Location"] == SIGN_IN
    assert Client().post(REGISTER, NEW).headers["Location"] == SIGN_IN
    client = browser_of(ada)
    come_back(client, provider)
    assert client.get(REGISTER).headers["Location"] == "/account/"


@pytest.mark.parametrize(
    "email", [7, "", "x" * 250 + "@a.example", "no address", "a@b\x00.example", None]
)
def test_an_address_that_is_none_is_not_shown(email: Any, provider: Provider) -> None:
    provider.claims = {"email": email, "email_verified": True}
    client = arrived(provider)
    assert "No account here is linked with yours of Acme." in text_of(client.get(REGISTER))
    assert client.post(REGISTER, NEW).headers["Location"] == "/account/welcome/"
    assert User.objects.get(name="grace").email is None


def test_a_name_that_is_none_is_not_suggested(provider: Provider) -> None:
    client = arrived(provider, preferred_username="a\x00", name=7)
    assert "value=" not in inputs_of(client.get(REGISTER))["name"]


def test_the_password_signs_in_as_well(provider: Provider) -> None:
    arrived(provider, **VERIFIED).post(REGISTER, NEW)
    client = Client()
    client.post(SIGN_IN, {"username": "grace", "password": NEW["password"]})
    assert SESSION_KEY in client.session
