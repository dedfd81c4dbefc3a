"""REQUIRE_ADMIN_MFA: admins without a second factor can do nothing but set one up."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book
from tests.authenticator import Authenticator
from tests.client import ConformingClient

from .proofs import logged_in

CODE = "second_factor_setup_required"
OPEN = [("get", "/api/v1/users/me"), ("get", "/api/v1/users/me/"), ("post", "/api/v1/auth/logout")]
# Among them what reading the path in another way could let through.
CLOSED = [
    ("get", "/api/v1/books"),
    ("get", "/api/v1/users"),
    ("get", "/api/v1/auth/sessions"),
    ("get", "/api/v1/users/me/events"),
    ("patch", "/api/v1/users/me"),
    ("delete", "/api/v1/users/me"),
    ("post", "/api/v1/users/me/tokens"),
    ("post", "/api/v1/users/me/password"),
    ("post", "/api/v1/auth/step-up"),
    ("get", "/api/v1/nothing/users/me"),
    ("get", "/api/v1/books?next=/api/v1/users/me"),
]


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.REQUIRE_ADMIN_MFA = True


@pytest.fixture(params=["token", "browser"])
def client_as(request: pytest.FixtureRequest) -> Callable[[User], ConformingClient]:
    """Return a client that is signed in, by a token or in a browser."""

    def client(user: User) -> ConformingClient:
        if request.param == "token":
            return logged_in(user)
        browser = ConformingClient()
        browser.force_login(user)
        return browser

    return client


ClientAs = Callable[[User], ConformingClient]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_an_admin_without_a_factor_can_do_nothing_else(
    method: str, path: str, boss: User, client_as: ClientAs
) -> None:
    response = getattr(client_as(boss), method)(path)
    if "nothing" in path:
        assert response.status_code == 404
        return
    assert (response.status_code, response.json()["code"]) == (403, CODE)
    assert "/api/v1/users/me/totp" in response.json()["detail"]


@pytest.mark.parametrize(("method", "path"), OPEN)
def test_the_profile_and_the_way_out_are_open(
    method: str, path: str, boss: User, client_as: ClientAs
) -> None:
    assert getattr(client_as(boss), method)(path).status_code in (200, 204)


@pytest.mark.parametrize(("method", "path"), CLOSED[:4])
def test_it_is_about_admins_alone(
    method: str, path: str, make_user: Callable[..., User], client_as: ClientAs
) -> None:
    for user in (make_user("plain"), make_user("ed", editor=True)):
        response = getattr(client_as(user), method)(path)
        assert response.status_code == (403 if path == "/api/v1/users" else 200)
        assert response.status_code == 200 or response.json()["code"] == "permission_denied"


def test_with_a_factor_an_admin_is_an_admin(boss: User, client_as: ClientAs) -> None:
    Authenticator(boss)
    assert client_as(boss).get("/api/v1/users").status_code == 200


def test_without_the_setting_nothing_changes(
    boss: User, client_as: ClientAs, settings: Any
) -> None:
    settings.REQUIRE_ADMIN_MFA = False
    assert client_as(boss).get("/api/v1/users").status_code == 200


def test_an_api_token_of_such_an_admin_is_refused_too(
    boss: User,
    bob: User,
    make_book: Callable[..., Book],
    job_of: Callable[[User], ConformingClient],
) -> None:
    book, job = make_book(bob), job_of(boss)
    for response in (
        job.get("/api/v1/books"),
        job.patch(f"/api/v1/books/{book.pk}", {"name": "taken over"}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, CODE)
    Authenticator(boss)
    assert job.get("/api/v1/books").status_code == 200


def test_the_tutorials_routes_are_closed_too(boss: User) -> None:
    response = logged_in(boss).get("/users")
    assert response.status_code == 403
    assert response.json()["message"].startswith("Admins need a second factor")
    Authenticator(boss)
    assert logged_in(boss).get("/users").status_code == 200


def test_a_user_who_becomes_an_admin_needs_one_at_once(ada: User) -> None:
    client = logged_in(ada)
    assert client.get("/api/v1/books").status_code == 200
    User.objects.filter(pk=ada.pk).update(admin=True)
    assert client.get("/api/v1/books").json()["code"] == CODE


@pytest.mark.parametrize("is_required", [False, True])
def test_it_costs_no_query(
    is_required: bool, boss: User, settings: Any, django_assert_num_queries: Callable[[int], Any]
) -> None:
    settings.REQUIRE_ADMIN_MFA = is_required
    client = logged_in(boss)
    with django_assert_num_queries(1):
        assert client.get("/api/v1/users/me").status_code == 200
    if is_required:
        with django_assert_num_queries(1):
            assert client.get("/api/v1/books").status_code == 403
