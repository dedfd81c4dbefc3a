"""Unknown paths below /api/v1/: 404 as problem details, for every client and method."""

from collections.abc import Callable

import pytest

from accounts.models import User

from .client import ConformingClient
from .problems import a_problem, problem_of

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
PATHS = [
    "/api/v1/nothing",
    "/api/v1/nothing/",
    "/api/v1//books",
    "/api/v1/books/1/pages",
    "/api/v1/BOOKS",
    "/api/v1/auth",
    "/api/v1/%00",
    "/api/v1/%ED%A0%80",
]
NOT_FOUND = a_problem(404, "not_found", "Not found.")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_path_is_404_in_any_method(
    anonymous: ConformingClient, path: str, method: str
) -> None:
    response = anonymous.generic(method, path)

    assert response.status_code == 404
    assert problem_of(response) == NOT_FOUND


@pytest.mark.parametrize("method", METHODS)
def test_a_token_changes_nothing(
    ada: User, client_of: Callable[[User], ConformingClient], method: str
) -> None:
    response = client_of(ada).generic(method, "/api/v1/nothing")

    assert response.status_code == 404
    assert problem_of(response) == NOT_FOUND


def test_a_token_that_is_no_good_changes_nothing(anonymous: ConformingClient) -> None:
    response = anonymous.get("/api/v1/nothing", HTTP_AUTHORIZATION="Bearer junk")

    assert response.status_code == 404
    assert problem_of(response) == NOT_FOUND


def test_head_is_404_without_a_body(anonymous: ConformingClient) -> None:
    response = anonymous.head("/api/v1/nothing")

    assert response.status_code == 404
    assert response.content == b""


def test_a_browser_is_shown_the_problem_as_a_page(anonymous: ConformingClient) -> None:
    response = anonymous.get("/api/v1/nothing", HTTP_ACCEPT="text/html")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "not_found" in response.content.decode()
