"""EMAIL_VERIFICATION=required: the page between the registration and the mail that confirms it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import AuthEvent, EndReason, LoginSession, User
from accounts.origins import Origin
from accounts.services import email_change
from accounts.services.sessions import sessions_end
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.authenticator import Authenticator

from .page_text import errors_of, inputs_of, link_in, page_of
from .rings import START

pytestmark = pytest.mark.django_db

REGISTER = "/account/register/"
PAGE = "/account/unconfirmed/"
CONFIRM = "/account/confirm-email/"
SIGN_IN = "/api/session/login/"
ADDRESS = "kim@example.org"

Mails = list[EmailMessage]


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "required"


def register(client: Client, name: str = "kim", email: str = ADDRESS, **fields: str) -> Any:
    form = {"name": name, "password": PASSWORD, "email": email, **fields}
    return client.post(REGISTER, form)


def sign_in(client: Client, name: str = "kim") -> Any:
    return client.post(SIGN_IN, {"username": name, "password": PASSWORD})


def shown(client: Client) -> str:
    return page_of(client.get(PAGE))


def confirm(mail: EmailMessage) -> Any:
    client = Client()
    page = client.get(link_in(mail), follow=True)
    (token,) = re.findall('value="([^"]*)"', inputs_of(page)["token"])
    return client.post(CONFIRM, {"token": token})


def test_who_registers_is_led_to_the_mailbox(mailoutbox: Mails, hash_calls: list[str]) -> None:
    client = Client()
    assert " required" in inputs_of(client.get(REGISTER))["email"]
    assert register(client).headers["Location"] == PAGE
    assert len(hash_calls) == 1
    assert SESSION_KEY not in client.session
    assert not LoginSession.objects.exists()
    page = shown(client)
    assert "<h1>Look into your mailbox</h1>" in page
    assert f"A mail to {ADDRESS} says how to go on." in page
    assert "sign in as “kim”" in page

    assert confirm(mailoutbox[0]).headers["Location"] == SIGN_IN

    # The page has nothing left to say.
    assert client.get(PAGE).headers["Location"] == SIGN_IN
    assert sign_in(client).headers["Location"] == "/"


def test_an_address_is_asked_for() -> None:
    response = register(Client(), email="")
    assert errors_of(response) == {"email": "This field is required."}
    assert not User.objects.exists()


def test_the_pages_are_the_same_for_a_known_address(ada: User, mailoutbox: Mails) -> None:
    seen = []
    for name, email in (("kim1", "ada@example.org"), ("kim2", "new@example.org")):
        client = Client()
        first = register(client, name, email)
        again = client.post(PAGE, {"email": email})
        pages = [re.sub(r'(?<=token" value=")\w+', "", shown(client)) for _ in range(2)]
        places = [each.headers["Location"] for each in (first, again)]
        seen.append([*places, *(each.replace(name, "N").replace(email, "E") for each in pages)])
    assert seen[0] == seen[1]
    # Who reads the mailbox of the known address is told; asking again sends that mailbox nothing.
    assert [mail.to for mail in mailoutbox if "You have" in mail.subject] == [["ada@example.org"]]


def test_the_right_password_leads_here_and_a_mail_is_sent_again(mailoutbox: Mails) -> None:
    register(Client())
    client = Client()
    assert sign_in(client).headers["Location"] == PAGE
    mailoutbox.clear()
    response = client.post(PAGE, {"email": ADDRESS})
    assert response.headers["Location"] == PAGE
    page = shown(client)
    assert "Another mail is on its way." in page
    assert [mail.to for mail in mailoutbox] == [[ADDRESS]]
    assert confirm(mailoutbox[0]).status_code == 302


def test_a_mistyped_address_is_corrected(mailoutbox: Mails) -> None:
    client = Client()
    register(client, email="kmi@example.org")
    response = client.post(PAGE, {"email": ADDRESS})
    assert response.headers["Location"] == PAGE
    assert f"A mail to {ADDRESS} says how to go on." in shown(client)
    assert f'value="{ADDRESS}"' in inputs_of(client.get(PAGE))["email"]
    wrong, right = mailoutbox
    assert (wrong.to, right.to) == (["kmi@example.org"], [ADDRESS])
    (event,) = AuthEvent.objects.filter(kind="email_change_requested")
    assert (event.subject_name, event.actor_id) == ("kim", None)

    assert confirm(right).status_code == 302

    user = User.objects.get()
    assert (user.email, user.email_confirmed_at is not None) == (ADDRESS, True)
    # The stranger who has the mistyped address can do nothing with the mail to it.
    assert confirm_is_refused(wrong)


def confirm_is_refused(mail: EmailMessage) -> bool:
    status: int = Client().get(link_in(mail), follow=True).status_code
    return status == 403


def test_an_address_that_is_none_is_said() -> None:
    client = Client()
    register(client)
    response = client.post(PAGE, {"email": "nonsense"})
    assert errors_of(response) == {"email": "Enter a valid email address."}


def test_a_second_factor_keeps_the_address(mailoutbox: Mails) -> None:
    """The password alone changes no address of an account that has a factor."""
    client = Client()
    register(client)
    Authenticator(User.objects.get())
    mailoutbox.clear()
    assert " disabled" in inputs_of(client.get(PAGE))["email"]
    assert client.post(PAGE, {"email": "thief@example.org"}).status_code == 302
    assert [mail.to for mail in mailoutbox] == [[ADDRESS]]


def deleted(user: User) -> None:
    user.delete()


def inactive(user: User) -> None:
    User.objects.update(is_active=False)


def signed_out_everywhere(user: User) -> None:
    sessions_end(user=user, reason=EndReason.REVOKED)


@pytest.mark.parametrize("change", [deleted, inactive, signed_out_everywhere])
def test_what_ends_sessions_ends_the_page(change: Callable[[User], None]) -> None:
    client = Client()
    register(client)
    change(User.objects.get())
    assert client.get(PAGE).headers["Location"] == SIGN_IN
    assert client.post(PAGE, {"email": ADDRESS}).headers["Location"] == SIGN_IN


def test_where_no_confirmation_is_needed_any_more_one_signs_in(settings: Any) -> None:
    client = Client()
    register(client, next="/admin/")
    settings.EMAIL_VERIFICATION = "optional"
    there = client.get(PAGE, {"next": "/admin/"}).headers["Location"]
    assert there == f"{SIGN_IN}?next=%2Fadmin%2F"


@pytest.mark.parametrize(("minutes", "status"), [(60, 200), (61, 302)])
def test_the_page_is_open_as_long_as_the_mail_is_valid(
    minutes: int, status: int, clock: Any
) -> None:
    client = Client()
    register(client)
    clock.move_to(START + timedelta(minutes=minutes))
    assert client.get(PAGE).status_code == status


def test_another_account_in_the_same_browser_ends_the_page(ada: User) -> None:
    client = Client()
    register(client)
    client.post(SIGN_IN, {"username": "ada", "password": PASSWORD})
    assert client.get(PAGE).status_code == 302


def test_the_session_gets_another_key() -> None:
    """Somebody may have put the present one into this browser."""
    client = Client()
    client.session.save()
    planted = client.cookies["sessionid"].value
    register(client)
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(PAGE).status_code == 302


def test_an_end_of_the_session_meanwhile_is_a_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    register(client)

    def ended(user: User) -> None:
        raise SessionEndedError

    monkeypatch.setattr(email_change, "require_same_epoch", ended)
    response = client.post(PAGE, {"email": "new@example.org"})
    assert response.headers["Location"] == SIGN_IN


def test_the_limits_are_those_of_the_routes(settings: Any, mailoutbox: Mails) -> None:
    client = Client()
    register(client)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset-mail": (1, 3600)}
    answers = [client.post(PAGE, {"email": f"kim{number}@example.org"}) for number in range(2)]
    assert [answer.status_code for answer in answers] == [302, 200]
    assert "There were too many attempts." in page_of(answers[1])
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "reset": (0, 3600)}
    assert "There were too many attempts." in page_of(client.post(PAGE, {"email": ADDRESS}))


def test_the_form_needs_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(REGISTER)
    (token,) = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page_of(page))
    assert register(client, csrfmiddlewaretoken=token).status_code == 302
    assert client.post(PAGE, {"email": ADDRESS}).status_code == 403


def test_the_change_is_of_no_known_actor() -> None:
    """Nobody is signed in: the origin has the address of the client alone."""
    client = Client()
    register(client)
    client.post(PAGE, {"email": "new@example.org"}, headers={"User-Agent": "Lynx"})
    (event,) = AuthEvent.objects.filter(kind="email_change_requested")
    assert (event.user_agent, event.address) == ("Lynx", Origin(address="127.0.0.1").address)
