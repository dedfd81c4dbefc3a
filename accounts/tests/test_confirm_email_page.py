"""The page that confirms an address, and the one that asks for another mail."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import AuthEvent, User
from accounts.services.email_confirmation import email_token
from accounts.services.users import user_register
from conftest import PASSWORD

from .page_text import csrf_token, errors_of, inputs_of, link_in, page_of

pytestmark = pytest.mark.django_db

SIGN_IN = "/api/session/login/"
PAGE = "/account/confirm-email/"
AGAIN = f"{PAGE}again/"
SENT = f"{PAGE}sent/"
ADDRESS = "kim@example.org"

Mails = list[EmailMessage]


@pytest.fixture
def kim(db: None, mailoutbox: Mails) -> User:
    """Registered with an address, and not confirmed yet."""
    return user_register(name="kim", password=PASSWORD, email=ADDRESS)


def confirm(client: Client, token: str) -> Any:
    return client.post(PAGE, {"token": token})


def test_the_link_shows_a_button_and_the_button_confirms(kim: User, mailoutbox: Mails) -> None:
    client = Client()
    page = client.get(link_in(mailoutbox[0]), follow=True)
    assert page.redirect_chain == [(PAGE, 302)]
    assert f"Is {ADDRESS} the address of your account “kim”?" in page_of(page)
    kim.refresh_from_db()
    assert kim.email_confirmed_at is None

    (token,) = re.findall('value="([^"]*)"', inputs_of(page)["token"])
    response = confirm(client, token)

    assert response.headers["Location"] == SIGN_IN
    said = f"{ADDRESS} is the address of “kim” now. Sign in with either."
    assert said in page_of(client.get(SIGN_IN))
    kim.refresh_from_db()
    assert kim.email_confirmed_at is not None
    assert client.cookies["mail"].value == ""
    form = {"username": ADDRESS, "password": PASSWORD}
    assert client.post(SIGN_IN, form).status_code == 302


def test_who_is_signed_in_comes_to_the_account(kim: User) -> None:
    client = Client()
    client.force_login(kim)
    response = confirm(client, email_token(kim, "new@example.org"))
    assert response.headers["Location"] == "/account/"
    said = "new@example.org is the address of your account now."
    assert said in page_of(client.get("/account/"))


def test_a_browser_of_somebody_else_confirms_for_the_account_of_the_link(
    kim: User, ada: User
) -> None:
    client = Client()
    client.force_login(ada)
    assert confirm(client, email_token(kim, ADDRESS)).headers["Location"] == SIGN_IN
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"
    assert AuthEvent.objects.get(kind="email_confirmed").actor_id is None


def test_the_name_of_a_stranger_is_text(make_user: Callable[..., User]) -> None:
    user = make_user("<b>kim</b>")
    client = Client()
    client.get(PAGE, {"token": email_token(user, ADDRESS)})
    assert "“&lt;b&gt;kim&lt;/b&gt;”" in page_of(client.get(PAGE))


def of_another_state(user: User) -> str:
    token = email_token(user, ADDRESS)
    User.objects.filter(pk=user.pk).update(email_version=7)
    return token


def of_an_inactive_account(user: User) -> str:
    User.objects.filter(pk=user.pk).update(is_active=False)
    return email_token(user, ADDRESS)


def forged(user: User) -> str:
    return f"{email_token(user, ADDRESS)[:-1]}-"


@pytest.mark.parametrize("make", [of_another_state, of_an_inactive_account, forged])
def test_a_link_that_is_not_valid_says_so_and_leads_on(
    make: Callable[[User], str], kim: User
) -> None:
    client, token = Client(), make(kim)
    client.get(PAGE, {"token": token})
    for response in (client.get(PAGE), confirm(client, token)):
        assert response.status_code == 403
        page = page_of(response)
        assert "This link is not valid, was used before, or is older than an hour." in page
        assert f'href="{AGAIN}"' in page
        assert f'href="{SIGN_IN}"' in page


def test_without_a_link_the_page_says_where_it_is() -> None:
    response = Client().get(PAGE)
    assert response.status_code == 200
    assert "Open the link in our mail: it leads here." in page_of(response)


def test_a_link_works_once(kim: User) -> None:
    client, token = Client(), email_token(kim, ADDRESS)
    assert [confirm(client, token).status_code for _ in range(2)] == [302, 403]


def test_a_token_that_is_void_meanwhile_is_said(kim: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = email_token(kim, ADDRESS)
    monkeypatch.setattr(
        "accounts.pages.confirm_email.email_token_read", lambda token: (kim, ADDRESS)
    )
    User.objects.filter(pk=kim.pk).update(email_version=7)
    assert confirm(Client(), token).status_code == 403


def test_an_address_that_another_account_confirmed_is_said(
    kim: User, make_user: Callable[..., User]
) -> None:
    make_user("lee", email=ADDRESS)
    response = confirm(Client(), email_token(kim, ADDRESS))
    assert response.status_code == 200
    assert "Another account has this email address." in page_of(response)
    kim.refresh_from_db()
    assert kim.email_confirmed_at is None


def test_the_button_needs_its_token(kim: User) -> None:
    client, token = Client(enforce_csrf_checks=True), email_token(kim, ADDRESS)
    assert confirm(client, token).status_code == 403
    page = client.get(PAGE, {"token": token}, follow=True)
    sent = {"token": token, "csrfmiddlewaretoken": csrf_token(page)}
    assert client.post(PAGE, sent).status_code == 302


# --- Another mail ---------------------------------------------------------------------------------


def test_another_mail_is_sent_and_the_answer_is_the_same_for_any_address(
    kim: User, ada: User, mailoutbox: Mails
) -> None:
    mailoutbox.clear()
    client = Client()
    for email in (ADDRESS, "ada@example.org", "nobody@example.org"):
        assert client.post(AGAIN, {"email": email}).headers["Location"] == SENT
    assert [mail.to for mail in mailoutbox] == [[ADDRESS]]
    assert "If this address waits for a confirmation" in page_of(client.get(SENT))
    assert f'href="{AGAIN}"' in page_of(client.get(SENT))


def test_an_address_that_is_none_is_said() -> None:
    response = Client().post(AGAIN, {"email": "nonsense"})
    assert errors_of(response) == {"email": "Enter a valid email address."}


def test_the_limit_is_that_of_the_route(kim: User, mailoutbox: Mails, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (1, 3600)}
    mailoutbox.clear()
    client = Client()
    assert [client.post(AGAIN, {"email": ADDRESS}).status_code for _ in range(2)] == [302, 200]
    assert len(mailoutbox) == 1
    assert "too many attempts" in page_of(confirm(client, email_token(kim, ADDRESS)))
