"""Signing in with a browser and a second factor: the page that asks for the code."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core.mail import EmailMessage
from django.test import Client

from accounts.login import pages as views
from accounts.login.second_factor import factor_prove, ticket_redeem
from accounts.models import AuthEvent, LoginSession, LoginTicket, TotpFactor, User
from accounts.origins import Origin
from accounts.services.invitations import user_invite
from bookstore_project.errors import SessionEndedError
from conftest import PASSWORD
from tests.authenticator import Authenticator

from .proofs import ACTIONS
from .rings import START

pytestmark = pytest.mark.django_db

SIGN_IN = "/api/session/login/"
ADMIN = "/admin/login/"
PAGE = "/api/session/second-factor/"
STEP_UP = "/api/session/step-up/"
BOOKS = "/api/v1/books?q=emma"
FROM_BOOKS = "?next=%2Fapi%2Fv1%2Fbooks%3Fq%3Demma"


@pytest.fixture
def app(boss: User) -> Authenticator:
    """The authenticator app of boss, who may also use the admin."""
    return Authenticator(boss)


def by_password(client: Client, page: str = SIGN_IN, then: str = BOOKS) -> Any:
    """Send the right name and password, from a form that has the next page."""
    return client.post(page, {"username": "boss", "password": PASSWORD, "next": then})


def send(client: Client, then: str = BOOKS, **codes: str) -> Any:
    return client.post(PAGE, {"next": then, **codes})


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


def inputs(response: Any) -> dict[str, str]:
    """Return the attributes of each input of a page, by its name."""
    found = re.findall(r"<input [^>]*>", response.content.decode())
    return {re.findall('name="([^"]*)"', each)[0]: each for each in found}


@pytest.mark.parametrize("page", [SIGN_IN, ADMIN])
def test_the_password_leads_to_the_page_and_the_code_to_where_one_wanted(
    page: str, app: Authenticator
) -> None:
    client = Client()
    first = by_password(client, page)
    assert (first.status_code, first.headers["Location"]) == (302, PAGE + FROM_BOOKS)
    assert not is_signed_in(client)
    shown = client.get(first.headers["Location"])
    assert shown.status_code == 200
    assert f'value="{BOOKS}"' in inputs(shown)["next"]
    response = send(client, code=app.fresh())
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    assert is_signed_in(client)
    assert client.get("/api/v1/users", headers={"accept": "application/json"}).status_code == 200
    assert not LoginTicket.objects.exists()


def test_the_admins_page_leads_into_the_admin(app: Authenticator) -> None:
    client = Client()
    assert 'name="next" value="/admin/"' in client.get(ADMIN).content.decode()
    by_password(client, ADMIN, then="/admin/accounts/user/")
    response = send(client, then="/admin/accounts/user/", code=app.fresh())
    assert response.headers["Location"] == "/admin/accounts/user/"
    assert client.get(ADMIN).headers["Location"] == "/admin/"


def test_without_a_next_page_one_comes_to_the_front_page(app: Authenticator) -> None:
    client = Client()
    first = client.post(SIGN_IN, {"username": "boss", "password": PASSWORD})
    assert first.headers["Location"] == f"{PAGE}?next=%2F"
    assert client.post(PAGE, {"code": app.fresh()}).headers["Location"] == "/"


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_other_site_is_the_next_page(then: str, app: Authenticator) -> None:
    client = Client()
    assert by_password(client, then=then).headers["Location"] == f"{PAGE}?next=%2F"
    assert "evil" not in client.get(PAGE, {"next": then}).content.decode()
    assert send(client, then=then, code=app.fresh()).headers["Location"] == "/"


def test_a_recovery_code_signs_in_too(app: Authenticator) -> None:
    client = Client()
    by_password(client)
    assert send(client, recovery_code=app.recovery_codes[3]).status_code == 302
    assert is_signed_in(client)


def test_an_account_without_a_factor_signs_in_as_before(ada: User) -> None:
    client = Client()
    response = client.post(SIGN_IN, {"username": "ada", "password": PASSWORD, "next": BOOKS})
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    assert is_signed_in(client)


def test_the_sign_in_is_recorded_once_and_fresh_for_five_minutes(
    boss: User, clock: time_machine.Traveller
) -> None:
    app, client = Authenticator(boss), Client(HTTP_ACCEPT="application/json")
    by_password(client)
    assert not AuthEvent.objects.filter(kind="login").exists()
    send(client, code=app.fresh())
    assert AuthEvent.objects.filter(kind="login", actor_id=boss.public_id).count() == 1
    clock.move_to(START + timedelta(minutes=5))
    body = {"email": "new@example.org"}
    assert client.post(ACTIONS["address"].path, body).status_code == 202
    clock.move_to(START + timedelta(minutes=5, seconds=1))
    assert client.post(ACTIONS["address"].path, body).status_code == 401


def test_another_sign_in_of_the_same_user_is_as_fresh_as_its_own_code(
    boss: User, clock: time_machine.Traveller
) -> None:
    """A browser that is signed in keeps its session's data: the earlier proof is not kept."""
    app, client = Authenticator(boss), Client(HTTP_ACCEPT="application/json")
    by_password(client)
    send(client, code=app.fresh())
    TotpFactor.objects.all().delete()
    User.objects.update(has_factor=False)
    by_password(client)
    User.objects.update(has_factor=True)
    assert client.post(ACTIONS["address"].path, {"email": "n@example.org"}).status_code == 401


# --- The form ------------------------------------------------------------------------------------


def test_the_field_is_for_a_code(app: Authenticator) -> None:
    client = Client()
    by_password(client)
    page = client.get(PAGE)
    fields = inputs(page)
    assert 'autocomplete="one-time-code"' in fields["code"]
    assert 'inputmode="numeric"' in fields["code"]
    assert "autofocus" in fields["code"]
    for name in ("code", "recovery_code"):
        assert f'<label for="id_{name}">' in page.content.decode()
        assert "aria-invalid" not in fields[name]
    assert "<script" not in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("field", "error"), [("code", "code-error"), ("recovery_code", "recovery-code-error")]
)
def test_a_wrong_code_is_an_error_of_its_field(field: str, error: str, app: Authenticator) -> None:
    client = Client()
    by_password(client)
    response = send(client, **{field: app.wrong()})
    assert response.status_code == 200
    assert not is_signed_in(client)
    text = response.content.decode()
    assert f'aria-invalid="true" aria-describedby="{error}"' in inputs(response)[field]
    assert f'id="{error}" role="alert">The code is wrong, was used before, or is too old.' in text
    assert ("<details open>" in text) == (field == "recovery_code")
    # No code is sent back, and the next page is kept.
    assert app.wrong() not in text
    assert f'value="{BOOKS}"' in inputs(response)["next"]
    assert AuthEvent.objects.filter(kind="second_factor_failed").count() == 1


@pytest.mark.parametrize("codes", [{}, {"code": " "}, {"code": "123456", "recovery_code": "x"}])
def test_one_code_is_asked_for(codes: dict[str, str], app: Authenticator) -> None:
    client = Client()
    by_password(client)
    response = send(client, **codes)
    assert "Give the code of your app, or one recovery code." in response.content.decode()
    assert not AuthEvent.objects.filter(kind="second_factor_failed").exists()
    assert LoginTicket.objects.get().tries == 0


def test_the_page_is_in_german_too(app: Authenticator) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="de")
    by_password(client)
    assert 'lang="de"' in client.get(PAGE).content.decode()


# --- Its end -------------------------------------------------------------------------------------


def test_five_wrong_codes_end_the_attempt(app: Authenticator) -> None:
    client = Client()
    by_password(client)
    for _ in range(4):
        assert send(client, code=app.wrong()).status_code == 200
    fifth = send(client, code=app.wrong())
    assert (fifth.status_code, fifth.headers["Location"]) == (302, SIGN_IN + FROM_BOOKS)
    again = client.get(fifth.headers["Location"]).content.decode()
    assert 'role="alert">The sign-in took too long, or too many codes were wrong.' in again
    assert send(client, code=app.fresh()).headers["Location"] == SIGN_IN + FROM_BOOKS
    assert not is_signed_in(client)


def test_the_attempt_ends_after_five_minutes(boss: User, clock: time_machine.Traveller) -> None:
    app, client = Authenticator(boss), Client()
    by_password(client)
    clock.move_to(START + timedelta(minutes=4, seconds=59))
    assert client.get(PAGE).status_code == 200
    clock.move_to(START + timedelta(minutes=5))
    assert client.get(PAGE).status_code == 302
    assert send(client, code=app.fresh()).status_code == 302
    assert not is_signed_in(client)


def test_the_page_is_for_those_who_sent_a_password(app: Authenticator) -> None:
    client = Client()
    assert client.get(PAGE).headers["Location"] == SIGN_IN
    assert send(client, code=app.fresh()).headers["Location"] == SIGN_IN + FROM_BOOKS
    assert not is_signed_in(client)


@pytest.mark.parametrize("limit", ["login", "failed-login", "second-factor"])
def test_a_used_up_limit_is_an_error_of_the_form(
    limit: str, app: Authenticator, settings: Any
) -> None:
    client = Client()
    by_password(client)
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, limit: (0, 3600)}
    response = send(client, code=app.fresh())
    assert response.status_code == 200
    assert "There were too many attempts. Try again in" in response.content.decode()
    assert not is_signed_in(client)


def test_a_secret_that_no_key_decrypts_is_an_error_of_the_form(
    app: Authenticator, settings: Any
) -> None:
    client = Client()
    by_password(client)
    settings.FACTOR_KEYS = []
    response = send(client, code=app.fresh())
    assert response.status_code == 200
    assert "Use a recovery code if you have one" in response.content.decode()
    assert not is_signed_in(client)


def test_an_account_that_is_deleted_meanwhile_is_a_wrong_password(
    app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deleted_first(**kwargs: Any) -> Any:
        raise SessionEndedError

    monkeypatch.setattr("accounts.login.second_step.ticket_make", deleted_first)
    client = Client()
    response = by_password(client, f"{SIGN_IN}?x=1")
    assert (response.status_code, response.headers["Location"]) == (302, f"{SIGN_IN}?x=1")
    assert not is_signed_in(client)


# --- The page that asks again --------------------------------------------------------------------


def test_somebody_who_is_signed_in_proves_it_again(
    app: Authenticator, boss: User, clock: time_machine.Traveller
) -> None:
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(boss)
    key = client.session.session_key
    assert client.get(STEP_UP, {"next": BOOKS}).status_code == 200
    wrong = client.post(STEP_UP, {"code": app.wrong(), "next": BOOKS})
    assert 'aria-describedby="code-error"' in inputs(wrong)["code"]
    response = client.post(STEP_UP, {"code": app.fresh(), "next": BOOKS})
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    assert client.session.session_key != key
    assert AuthEvent.objects.filter(kind="stepped_up").count() == 1
    assert client.post(ACTIONS["address"].path, {"email": "n@example.org"}).status_code == 202


def test_strangers_are_sent_to_the_sign_in(app: Authenticator) -> None:
    response = Client().post(STEP_UP, {"code": app.fresh(), "next": BOOKS})
    assert response.status_code == 302
    assert response.headers["Location"].startswith(SIGN_IN)
    assert not AuthEvent.objects.filter(kind="stepped_up").exists()


def test_somebody_without_a_factor_has_nothing_to_prove(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    assert client.get(STEP_UP, {"next": BOOKS}).headers["Location"] == BOOKS


def test_wrong_codes_are_limited(app: Authenticator, boss: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (1, 3600)}
    client = Client()
    client.force_login(boss)
    assert "The code is wrong" in client.post(STEP_UP, {"code": app.wrong()}).content.decode()
    assert "too many attempts" in client.post(STEP_UP, {"code": app.fresh()}).content.decode()


def test_the_browsable_api_leads_to_the_page(app: Authenticator, boss: User) -> None:
    client = Client(HTTP_ACCEPT="text/html")
    client.force_login(boss)
    form = {"new_password": "amber-Compass-31"}
    response = client.post("/api/v1/users/me/password", form)
    assert response.status_code == 401
    text = response.content.decode()
    assert f'href="{STEP_UP}?next=/api/v1/users/me/password"' in text
    assert "Sign in (top right)" not in text


# --- The Django admin ----------------------------------------------------------------------------

USERS = "/admin/accounts/user/"


@pytest.fixture
def pages(ada: User, token_of: Callable[..., str]) -> list[str]:
    """The pages that change accounts."""
    return [f"{USERS}add/", f"{USERS}{ada.pk}/change/", f"{USERS}{ada.pk}/password/"]


def test_the_pages_of_accounts_ask_for_a_fresh_factor(
    app: Authenticator, boss: User, pages: list[str]
) -> None:
    client = Client()
    client.force_login(boss)
    for page in pages:
        response = client.get(page)
        assert response.status_code == 302
        assert response.headers["Location"] == f"{STEP_UP}?next={page.replace('/', '%2F')}"
    client.post(STEP_UP, {"code": app.fresh()})
    for page in pages:
        assert client.get(page).status_code == 200


def test_a_form_that_waited_too_long_changes_nothing(
    app: Authenticator, boss: User, ada: User, pages: list[str]
) -> None:
    client = Client()
    client.force_login(boss)
    password = {"password1": "amber-Compass-31", "password2": "amber-Compass-31"}
    forms = [
        {"name": "newcomer", "usable_password": "true", **password},
        {"name": "renamed", "is_active": "on"},
        {"usable_password": "true", **password},
    ]
    before = list(User.objects.values_list("name", "password", "admin"))
    for page, form in zip(pages, forms, strict=True):
        response = client.post(page, form)
        assert response.headers["Location"].startswith(STEP_UP)
    assert list(User.objects.values_list("name", "password", "admin")) == before
    client.post(STEP_UP, {"code": app.fresh()})
    assert "Nothing was changed, because" in client.get(pages[1]).content.decode()
    assert client.post(pages[1], forms[1]).status_code == 302
    ada.refresh_from_db()
    assert ada.name == "renamed"


def test_ending_api_tokens_asks_for_one(
    app: Authenticator, boss: User, ada: User, token_of: Callable[..., str]
) -> None:
    token_of(ada)
    client = Client()
    client.force_login(boss)
    form = {"action": "end_tokens", "_selected_action": str(ada.api_tokens.get().pk)}
    tokens = "/admin/accounts/apitoken/"
    assert client.post(tokens, form).headers["Location"].startswith(STEP_UP)
    assert ada.api_tokens.exists()
    client.post(STEP_UP, {"code": app.fresh()})
    assert client.post(tokens, form).status_code == 302
    assert not ada.api_tokens.exists()


def test_inviting_again_asks_for_one(
    app: Authenticator, boss: User, mailoutbox: list[EmailMessage]
) -> None:
    kim = user_invite(name="kim", email="kim@example.org", origin=Origin())
    mailoutbox.clear()
    client = Client()
    client.force_login(boss)
    form = {"action": "invite_again", "_selected_action": str(kim.pk)}
    assert client.post(USERS, form).headers["Location"].startswith(STEP_UP)
    assert not mailoutbox
    client.post(STEP_UP, {"code": app.fresh()})
    assert client.post(USERS, form).status_code == 302
    assert [mail.to for mail in mailoutbox] == [["kim@example.org"]]


def test_other_pages_of_the_admin_ask_for_none(app: Authenticator, boss: User) -> None:
    client = Client()
    client.force_login(boss)
    for page in ("/admin/", USERS, "/admin/books/book/add/", "/admin/accounts/authevent/"):
        assert client.get(page).status_code == 200


def test_a_sign_in_that_ends_while_the_factor_is_proved_is_begun_again(
    app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    by_password(client)
    send(client, code=app.fresh())
    before = client.session.session_key

    def ended_meanwhile(*args: Any, **kwargs: Any) -> Any:
        methods = factor_prove(*args, **kwargs)
        LoginSession.objects.update(revoked_at=datetime.now(UTC), revoked_because="revoked")
        return methods

    monkeypatch.setattr(views, "factor_prove", ended_meanwhile)
    response = client.post(STEP_UP, {"next": BOOKS, "code": app.fresh()})
    assert (response.status_code, response.headers["Location"]) == (302, SIGN_IN + FROM_BOOKS)
    assert client.cookies["sessionid"].value == before
    assert not AuthEvent.objects.filter(kind="stepped_up").exists()
    assert client.get("/api/v1/users/me").status_code == 401


def test_an_account_that_is_deleted_while_the_factor_is_proved_is_not_signed_in(
    app: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    by_password(client)

    def deleted_meanwhile(*args: Any, **kwargs: Any) -> Any:
        methods = ticket_redeem(*args, **kwargs)
        User.objects.all().delete()
        return methods

    monkeypatch.setattr(views, "ticket_redeem", deleted_meanwhile)
    response = send(client, code=app.fresh())
    assert (response.status_code, response.headers["Location"]) == (302, SIGN_IN + FROM_BOOKS)
    assert not is_signed_in(client)


@pytest.mark.parametrize("page", [SIGN_IN, ADMIN])
def test_the_owner_sees_that_somebody_has_the_password(page: str, app: Authenticator) -> None:
    by_password(Client(REMOTE_ADDR="203.0.113.9"), page)
    event = AuthEvent.objects.get(kind="second_factor_asked")
    assert (event.subject_id, event.actor_id) == (app.user.public_id, None)
    assert event.address == "203.0.113.9"
    assert not AuthEvent.objects.filter(kind="login").exists()
