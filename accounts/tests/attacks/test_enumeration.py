"""No route reveals whether an account exists, neither by its response nor by its work."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuthEvent, User
from conftest import PASSWORD
from tests.client import ConformingClient

from .test_login_headers import basic

Attempt = Callable[[str, str], Any]


def by_json(name: str, password: str) -> Any:
    return ConformingClient().post("/api/v1/auth/token", {"name": name, "password": password})


def by_basic(name: str, password: str) -> Any:
    return ConformingClient().post(
        "/api/v1/auth/token", HTTP_AUTHORIZATION=basic(f"{name}:{password}")
    )


def by_tutorial(name: str, password: str) -> Any:
    return ConformingClient().post("/login", HTTP_AUTHORIZATION=basic(f"{name}:{password}"))


def by_tutorials_body(name: str, password: str) -> Any:
    return ConformingClient().post("/login", {"username": name, "password": password})


def by_form(name: str, password: str) -> Any:
    return Client().post("/api/session/login/", {"username": name, "password": password})


def by_admin(name: str, password: str) -> Any:
    return Client().post("/admin/login/", {"username": name, "password": password})


DOORS = {
    "JSON": by_json,
    "Basic": by_basic,
    "tutorial": by_tutorial,
    "tutorial's body": by_tutorials_body,
    "form": by_form,
    "admin": by_admin,
}
# Fields that differ between requests, or count the client's own requests.
OWN = {"X-Request-Id", "RateLimit", "RateLimit-Policy", "Content-Length", "Expires"}


def told(response: Any, name: str) -> tuple[Any, ...]:
    """Return the contents of a response, without the name that was sent."""
    text = response.content.decode()
    for own in (name, response["X-Request-Id"]):
        text = text.replace(own, "")
    headers = {key: value for key, value in response.headers.items() if key not in OWN}
    lines = [line for line in text.splitlines() if "csrf" not in line]
    return response.status_code, headers, set(response.headers), lines


@pytest.mark.parametrize("attempt", DOORS.values(), ids=DOORS)
def test_every_failed_login_gets_one_answer_after_one_hash(
    make_user: Callable[..., User], hash_calls: list[str], attempt: Attempt
) -> None:
    make_user("known-name")
    make_user("gone--name", is_active=False)
    User.objects.create_user("mute--name")
    answers = []
    for name, password in (
        ("known-name", "wrong"),
        ("nobodyname", PASSWORD),
        ("gone--name", PASSWORD),
        ("gone--name", "wrong"),
        ("mute--name", PASSWORD),
    ):
        hash_calls.clear()
        answers.append(told(attempt(name, password), name))
        assert (name, len(hash_calls)) == (name, 1)
    assert answers == [answers[0]] * 5
    assert AuthEvent.objects.filter(kind="login_failed").count() == 5


@pytest.mark.parametrize("attempt", [by_json, by_basic, by_tutorial, by_tutorials_body])
@pytest.mark.parametrize("name", ["known-name", "nobodyname"])
def test_a_limit_is_met_after_as_many_failures(
    *,
    make_user: Callable[..., User],
    hash_calls: list[str],
    settings: Any,
    attempt: Attempt,
    name: str,
) -> None:
    make_user("known-name")
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "failed-login": (2, 900)}
    hash_calls.clear()
    assert [attempt(name, "wrong").status_code for _ in range(3)] == [401, 401, 429]
    assert len(hash_calls) == 2


@pytest.mark.parametrize("path", ["me", "nobody", "00000000-0000-4000-8000-000000000000", "{ada}"])
def test_a_plain_user_can_not_tell_who_is_there(
    ada: User, bob: User, client_of: Callable[[User], ConformingClient], path: str
) -> None:
    response = client_of(bob).patch(f"/api/v1/users/{path.format(ada=ada.public_id)}", {})
    if path == "me":
        assert response.status_code == 200
        assert response.json()["name"] == "bob"
    elif path == "nobody":
        # Not an id, so that no route matches.
        assert response.status_code == 404
    else:
        assert response.status_code == 403
        assert response.json()["code"] == "permission_denied"
