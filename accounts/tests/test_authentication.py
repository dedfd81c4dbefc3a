"""Browser sessions work only in the browsable API and the admin, with CSRF enforced."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.models import User
from accounts.tokens.authentication import authenticated_user
from accounts.tokens.classes import AccessToken
from conftest import PASSWORD

from .problems import JSON

ME = "/api/v1/users/me"
RENAMED = {"name": "lovelace", "current_password": PASSWORD}
BOOK = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}

Browser = Callable[[User], Client]


def test_a_session_reads_the_api(ada: User, session_of: Browser) -> None:
    response = session_of(ada).get(ME)
    assert response.status_code == 200
    assert response.json()["public_id"] == str(ada.public_id)


def test_a_session_without_its_csrf_token_writes_nothing(ada: User, session_of: Browser) -> None:
    client = session_of(ada)
    responses = [
        client.post("/api/v1/books", BOOK, content_type=JSON),
        client.patch(ME, {"name": "eve"}, content_type=JSON),
    ]
    for response in responses:
        assert response.status_code == 403
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == "permission_denied"
        assert "CSRF" in response.json()["detail"]
    ada.refresh_from_db()
    assert ada.name == "ada"
    assert not ada.books.exists()


def test_a_session_with_its_csrf_token_writes(ada: User, session_of: Browser) -> None:
    client = session_of(ada)
    client.cookies["csrftoken"] = "x" * 32
    response = client.patch(ME, RENAMED, content_type=JSON, headers={"X-CSRFToken": "x" * 32})
    assert response.status_code == 200
    ada.refresh_from_db()
    assert ada.name == "lovelace"


def test_the_csrf_token_of_another_browser_is_403(ada: User, session_of: Browser) -> None:
    client = session_of(ada)
    client.cookies["csrftoken"] = "x" * 32
    response = client.patch(ME, RENAMED, content_type=JSON, headers={"X-CSRFToken": "y" * 32})
    assert response.status_code == 403
    ada.refresh_from_db()
    assert ada.name == "ada"


def test_a_token_needs_no_csrf_token(ada: User, db: None) -> None:
    response = Client(enforce_csrf_checks=True).patch(
        ME,
        RENAMED,
        content_type=JSON,
        headers={"Authorization": f"Bearer {AccessToken.for_user(ada)}"},
    )
    assert response.status_code == 200


def test_a_token_comes_before_a_session(ada: User, bob: User, session_of: Browser) -> None:
    headers = {"Authorization": f"Bearer {AccessToken.for_user(bob)}"}
    response = session_of(ada).get(ME, headers=headers)
    assert response.status_code == 200
    assert response.json()["name"] == "bob"


def test_a_bad_token_is_401_whatever_the_session(ada: User, session_of: Browser) -> None:
    response = session_of(ada).get(ME, headers={"x-access-tokens": "bad"})
    assert response.status_code == 401
    assert response.json()["code"] == "token_invalid"


def test_the_session_of_an_account_made_inactive_ends(ada: User, session_of: Browser) -> None:
    client = session_of(ada)
    ada.is_active = False
    ada.save()
    response = client.get(ME)
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def test_a_new_password_ends_the_sessions_of_the_old_one(ada: User, session_of: Browser) -> None:
    client = session_of(ada)
    ada.set_password("another-Harbour-28")
    ada.save()
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/users"), ("get", "/books"), ("post", "/book"), ("delete", "/books/1")],
)
def test_a_session_does_not_count_on_the_tutorials_surface(
    boss: User, admin_of: Browser, method: str, path: str
) -> None:
    response = getattr(admin_of(boss), method)(path)
    assert response.status_code == 401
    assert response.json() == {"message": "a valid token is missing"}
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["ada", "ADA", "Ａｄａ"])
def test_the_browsable_apis_form_signs_in(ada: User, name: str) -> None:
    client = Client()
    response = client.post("/api/session/login/", {"username": name, "password": PASSWORD})
    assert response.status_code == 302
    assert client.get(ME).json()["name"] == "ada"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "wrong"),
        ("nobody", PASSWORD),
        ("a:b", PASSWORD),
        ("a" * 10_000, PASSWORD),
        ("ada", "x" * 10_000),
    ],
)
def test_the_browsable_apis_form_refuses_the_wrong(ada: User, name: str, password: str) -> None:
    client = Client()
    response = client.post("/api/session/login/", {"username": name, "password": password})
    assert response.status_code == 200
    assert response.context["form"].has_error("__all__", "invalid_login")
    assert client.get(ME).status_code == 401


def test_signing_in_by_a_form_needs_a_csrf_token(ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/api/session/login/", {"username": "ada", "password": PASSWORD})
    assert response.status_code == 403


def test_nobody_in_particular_is_not_an_authenticated_user() -> None:
    request = Request(APIRequestFactory().get(ME))
    request.user = AnonymousUser()
    with pytest.raises(NotAuthenticated):
        authenticated_user(request)
