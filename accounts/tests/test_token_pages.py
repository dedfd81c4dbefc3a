"""The pages of API tokens, and the one that shows an access token."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.models import ApiToken, AuthEvent, LoginSession, SessionKind, User
from accounts.models.api_token import MAXIMUM_TOKENS
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.browser_use import login_of
from accounts.tokens.classes import AccessToken
from accounts.tokens.page_token import page_token_make
from bookstore_project.errors import SessionEndedError
from tests.authenticator import Authenticator
from tests.client import ConformingClient

from .pages import PROOF, browser_of, error_of, prove_factor, text_of

pytestmark = pytest.mark.django_db

PAGE = "/account/tokens/"
NEW = "/account/tokens/new/"
JOB = {"name": "nightly job", "scope": "books:read", "days": "30", **PROOF}
BOOKS = "/api/v1/books"


def secrets_in(response: Any) -> list[str]:
    """Return the texts that a page offers to copy."""
    return re.findall(r"<pre[^>]* data-copy=[^>]*>([^<]*)</pre>", response.content.decode())


def made(user: User, **asked: Any) -> ApiToken:
    token = NewToken(**{"name": "job", "scopes": ("books:read",), "days": 9, **asked})
    return api_token_create(user=user, asked=token, origin=Origin())[0]


def with_token(token: str) -> ConformingClient:
    return ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token}")


def test_a_token_is_shown_once_and_works(ada: User) -> None:
    client = browser_of(ada)
    response = client.post(NEW, JOB)
    assert response.status_code == 200
    token, command = secrets_in(response)
    assert with_token(token).get(BOOKS).status_code == 200
    assert command.startswith("curl http://testserver/api/v1/books -H ")
    assert token in command
    assert "no-store" in response.headers["Cache-Control"]
    assert token not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(("scope", "status"), [("books:read", 403), ("books:write", 201)])
def test_a_token_may_what_was_chosen(scope: str, status: int, ada: User) -> None:
    token = secrets_in(browser_of(ada).post(NEW, {**JOB, "scope": scope}))[0]
    book = {"name": "Romola", "author": "George Eliot", "publisher": "Smith, Elder & Co."}
    assert with_token(token).post(BOOKS, book).status_code == status


def test_a_token_is_listed_with_what_is_known_of_it(ada: User, bob: User) -> None:
    used = made(ada, name="nightly job", keep_on_sign_out=True, scopes=("books:write",))
    when = timezone.now().replace(year=2026, month=3, day=1)
    ApiToken.objects.filter(pk=used.pk).update(last_used_at=when, last_used_network="192.0.2.7")
    made(bob, name="of somebody else")
    text = text_of(browser_of(ada).get(PAGE))
    assert "nightly job It may Read, add, change and delete books Made" in text
    assert "Last used 2026-03-01 , 192.0.2.7" in text
    assert "If you end all other sessions it keeps working" in text
    assert "somebody else" not in text


def test_a_token_that_was_never_used_and_never_expires_says_so(ada: User) -> None:
    made(ada, days=None)
    text = text_of(browser_of(ada).get(PAGE))
    assert "Expires never" in text
    assert "Last used never" in text


def test_without_tokens_the_page_says_so(ada: User) -> None:
    assert "You have none." in text_of(browser_of(ada).get(PAGE))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "in\u200bvisible"}, "name"),
        ({"scope": "books:all"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"days": "367"}, "days"),
        ({"days": "0"}, "days"),
        ({"days": ""}, "days"),
    ],
)
def test_a_wrong_choice_is_said_beside_its_field(
    change: dict[str, str], field: str, ada: User
) -> None:
    response = browser_of(ada).post(NEW, {**JOB, **change})
    assert error_of(response, field)
    assert not ada.api_tokens.exists()


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_token_without_end_is_made_where_that_is_allowed(
    is_allowed: bool, ada: User, settings: Any
) -> None:
    settings.API_TOKENS_WITHOUT_EXPIRY = is_allowed
    client = browser_of(ada)
    assert (">never</option>" in client.get(NEW).content.decode()) == is_allowed
    client.post(NEW, {**JOB, "days": "0"})
    expected = [None] if is_allowed else []
    assert list(ada.api_tokens.values_list("expires_at", flat=True)) == expected


def test_the_choices_are_stored(ada: User) -> None:
    browser_of(ada).post(NEW, {**JOB, "days": "7", "keep_on_sign_out": "on"})
    row = ada.api_tokens.get()
    assert (row.name, row.scope, row.keep_on_sign_out) == ("nightly job", "books:read", True)
    assert row.expires_at is not None
    assert row.expires_at - row.created_at == timedelta(days=7)


def test_an_account_with_as_many_tokens_as_it_can_have(ada: User) -> None:
    for _ in range(MAXIMUM_TOKENS):
        made(ada)
    response = browser_of(ada).post(NEW, JOB)
    assert "End one that you no longer need." in text_of(response)
    assert ada.api_tokens.count() == MAXIMUM_TOKENS


def test_tokens_are_limited_as_by_the_api(ada: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api-token": (1, 3600)}
    client = browser_of(ada)
    client.post(NEW, JOB)
    assert "There were too many attempts." in text_of(client.post(NEW, JOB))
    assert ada.api_tokens.count() == 1


def test_a_token_is_ended_after_a_question(ada: User) -> None:
    row, client = made(ada, name="nightly job"), browser_of(ada)
    path = f"{PAGE}{row.pk}/end/"
    assert f'href="{path}"' in client.get(PAGE).content.decode()
    asked = text_of(client.get(path))
    assert "End this API token?" in asked
    assert "nightly job" in asked
    response = client.post(path)
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert "The API token has ended." in text_of(client.get(PAGE))
    assert not ada.api_tokens.exists()
    assert AuthEvent.objects.filter(kind="api_token_ended").count() == 1


def test_nobody_ends_the_token_of_somebody_else(ada: User, bob: User) -> None:
    row, client = made(bob), browser_of(ada)
    path = f"{PAGE}{row.pk}/end/"
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404
    assert bob.api_tokens.exists()


def test_many_tokens_cost_no_more_queries(
    ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    made(ada)
    client = browser_of(ada)
    with django_assert_num_queries(3):
        client.get(PAGE)
    for _ in range(20):
        made(ada)
    with django_assert_num_queries(3):
        client.get(PAGE)


# --- An access token -----------------------------------------------------------------------------

ACCESS = "/account/access-token/"


def access_token(client: Any) -> str:
    return secrets_in(client.post(ACCESS))[0]


def test_an_access_token_is_shown_and_works(ada: User) -> None:
    client = browser_of(ada)
    assert not secrets_in(client.get(ACCESS))
    response = client.post(ACCESS)
    token, command = secrets_in(response)
    assert with_token(token).get("/api/v1/users/me").json()["name"] == "ada"
    assert command == f"curl http://testserver{BOOKS} -H 'Authorization: Bearer {token}'"
    assert "works for 45 minutes" in text_of(response)
    assert "No refresh token comes with it" in text_of(response)
    assert "no-store" in response.headers["Cache-Control"]


def test_an_account_makes_as_many_in_an_hour_as_api_tokens(
    ada: User, bob: User, settings: Any
) -> None:
    """Each is a row of a session and one of an event, and no sign-in was counted for it."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "api-token": (1, 3600)}
    client = browser_of(ada)
    access_token(client)
    refused = client.post(ACCESS)
    assert not secrets_in(refused)
    assert "There were too many attempts." in text_of(refused)
    assert LoginSession.objects.filter(kind=SessionKind.TOKEN).count() == 1
    # The API tokens have a count of their own, and so has each account.
    assert client.post(NEW, JOB).status_code == 200
    assert ada.api_tokens.count() == 1
    assert access_token(browser_of(bob))


def test_its_session_ends_with_it(ada: User) -> None:
    token = access_token(browser_of(ada))
    claims = AccessToken(token).payload
    row = LoginSession.objects.get(sid=UUID(claims["sid"]))
    assert row.expires_at - row.created_at == timedelta(minutes=45)
    assert claims["exp"] == int(row.expires_at.timestamp())


def test_its_session_is_listed_and_can_be_ended(ada: User) -> None:
    client = browser_of(ada)
    token = access_token(client)
    listed = text_of(client.get("/account/sessions/"))
    assert "Access token, made on your account page Kind Program" in listed
    row = LoginSession.objects.get(kind=SessionKind.TOKEN)
    client.post(f"/account/sessions/{row.sid}/end/")
    assert with_token(token).get(BOOKS).status_code == 401


def test_it_ends_with_all_other_sessions(ada: User) -> None:
    token = access_token(browser_of(ada))
    browser_of(ada).post("/account/sessions/end-others/")
    assert with_token(token).get(BOOKS).status_code == 401


def test_it_is_an_event_of_its_own_words_and_no_mail(ada: User, mailoutbox: list[Any]) -> None:
    client = browser_of(ada)
    access_token(client)
    assert "Access token made on the account page Time" in text_of(client.get("/account/events/"))
    assert not mailoutbox


def test_it_proves_no_more_than_the_browser(ada: User) -> None:
    """A stolen browser session would otherwise change the account with it."""
    Authenticator(ada)
    client = browser_of(ada)
    new = {"new_password": "amber-Compass-31"}
    before = with_token(access_token(client))
    assert before.post("/api/v1/users/me/password", new).json()["code"] == "step_up_required"
    prove_factor(client)
    assert before.post("/api/v1/users/me/password", new).json()["code"] == "step_up_required"
    after = access_token(client)
    assert AccessToken(after)["amr"] == ["pwd", "otp", "mfa"]
    assert with_token(after).post("/api/v1/users/me/password", new).status_code == 204


def test_it_is_refused_once_the_sign_in_has_ended(ada: User) -> None:
    browser = login_of(browser_of(ada).session)
    assert browser is not None
    LoginSession.objects.update(revoked_at=timezone.now(), revoked_because="revoked")
    with pytest.raises(SessionEndedError):
        page_token_make(user=ada, browser=browser, origin=Origin())
    assert LoginSession.objects.count() == 1
