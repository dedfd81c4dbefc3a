"""The page that lists where somebody is signed in, and those that end sessions."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import ApiToken, AuthEvent, LoginSession, User
from accounts.origins import Origin
from accounts.services.api_tokens import NewToken, api_token_create
from accounts.services.sessions import session_open
from conftest import PASSWORD
from tests.client import ConformingClient

from .pages import browser_of, text_of

pytestmark = pytest.mark.django_db

PAGE = "/account/sessions/"
END_OTHERS = "/account/sessions/end-others/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = Origin(address="192.0.2.7", user_agent="curl/8.5.0")


def end(session: LoginSession) -> str:
    return f"/account/sessions/{session.sid}/end/"


def test_browsers_and_programs_are_listed_with_this_one(ada: User, bob: User) -> None:
    session_open(user=ada, origin=PHONE)
    session_open(user=bob, origin=Origin(user_agent="somebody else's"))
    client = Client(HTTP_USER_AGENT=FIREFOX)
    client.post("/api/session/login/", {"username": "ada", "password": PASSWORD})
    text = text_of(client.get(PAGE))
    assert "Firefox on Windows this one Kind Browser Signed in" in text
    assert "curl 8.5.0 Kind Program Signed in" in text
    assert "IP address 192.0.2.7" in text
    assert text.count("this one") == 1
    assert "somebody else's" not in text


def test_ending_all_others_is_offered_where_there_are_others(ada: User) -> None:
    client = browser_of(ada)
    alone = client.get(PAGE)
    assert END_OTHERS not in alone.content.decode()
    assert "This browser is the only place where you are signed in." in text_of(alone)
    session_open(user=ada, origin=PHONE)
    with_another = client.get(PAGE)
    assert f'href="{END_OTHERS}"' in with_another.content.decode()
    assert "the only place" not in text_of(with_another)


def test_an_older_page_knows_of_the_later_sessions(ada: User) -> None:
    client = browser_of(ada)
    for _ in range(25):
        session_open(user=ada, origin=PHONE)
    [older] = re.findall(r'href="(\?after=[^"]*)"', client.get(PAGE).content.decode())
    page = client.get(f"{PAGE}{older}")
    assert text_of(page).count("this one") == page.content.decode().count("panel") == 1
    assert f'href="{END_OTHERS}"' in page.content.decode()


def test_one_session_is_ended_after_a_question(ada: User) -> None:
    phone, client = session_open(user=ada, origin=PHONE), browser_of(ada)
    asked = client.get(end(phone))
    assert asked.status_code == 200
    assert "End this session?" in text_of(asked)
    assert "curl 8.5.0" in text_of(asked)
    response = client.post(end(phone))
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    phone.refresh_from_db()
    assert phone.revoked_because == "revoked"
    assert AuthEvent.objects.filter(kind="session_revoked", actor_id=ada.public_id).count() == 1
    listed = text_of(client.get(PAGE))
    assert "The session has ended." in listed
    assert "curl" not in listed


def test_another_browser_is_ended_too(ada: User) -> None:
    other, client = browser_of(ada), browser_of(ada)
    row = LoginSession.objects.order_by("created_at").first()
    assert row is not None
    client.post(end(row))
    assert other.get(PAGE).status_code == 302
    assert client.get(PAGE).status_code == 200


def test_the_session_of_the_browser_itself_can_be_ended(ada: User) -> None:
    client = browser_of(ada)
    current = LoginSession.objects.get()
    assert "you will have to sign in again" in text_of(client.get(end(current)))
    client.post(end(current))
    assert client.get(PAGE).status_code == 302


def test_nobody_ends_the_session_of_somebody_else(ada: User, bob: User) -> None:
    theirs, client = session_open(user=bob, origin=PHONE), browser_of(ada)
    for address in (end(theirs), f"/account/sessions/{uuid4()}/end/"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_all_others_are_ended_after_a_question(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    program, other, client = client_of(ada), browser_of(ada), browser_of(ada)
    assert "End all your other sessions?" in text_of(client.get(END_OTHERS))
    response = client.post(END_OTHERS)
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    listed = text_of(client.get(PAGE))
    assert "All your other sessions have ended." in listed
    assert listed.count("Signed in") == 1
    assert other.get(PAGE).status_code == 302
    assert program.get("/api/v1/users/me").status_code == 401


def test_the_end_of_the_others_is_recorded_exactly(ada: User) -> None:
    """P18: it was recorded as "signed out everywhere"."""
    browser_of(ada).post(END_OTHERS)
    kinds = AuthEvent.objects.exclude(kind="login").values_list("kind", flat=True)
    assert list(kinds) == ["other_sessions_revoked"]


def test_api_tokens_end_unless_they_are_to_stay(ada: User) -> None:
    for name, stays in (("stays", True), ("ends", False)):
        asked = NewToken(name=name, scopes=("books:read",), days=9, keep_on_sign_out=stays)
        api_token_create(user=ada, asked=asked, origin=Origin())
    browser_of(ada).post(END_OTHERS)
    assert [token.name for token in ApiToken.objects.live()] == ["stays"]


def test_older_sessions_are_on_further_pages(ada: User) -> None:
    for number in range(30):
        session_open(user=ada, origin=Origin(user_agent=f"job-{number}/1"))
    client = browser_of(ada)
    first = client.get(PAGE)
    assert "job-29 1" in text_of(first)
    assert "job-2 1" not in text_of(first)
    second = client.get(PAGE, {"after": first.context["older"]})
    text = text_of(second)
    assert "job-0 1" in text
    assert "job-29 1" not in text
    assert second.context["older"] is None
    assert "Latest" in text


@pytest.mark.parametrize("cursor", ["", "x", "1:2:3"])
def test_a_made_up_place_in_the_list_is_no_page(cursor: str, ada: User) -> None:
    assert browser_of(ada).get(PAGE, {"after": cursor}).status_code == 404


def test_many_sessions_cost_no_more_queries(
    ada: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    client = browser_of(ada)
    with django_assert_num_queries(3) as one:
        client.get(PAGE)
    for _ in range(20):
        session_open(user=ada, origin=PHONE)
    with django_assert_num_queries(len(one)):
        client.get(PAGE)
