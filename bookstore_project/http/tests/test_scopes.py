"""The scope that a request needs."""

import pytest

from bookstore_project.http.scopes import READ, WRITE, includes, required_scope

NEAR = (
    "/",
    "/books",
    "/books/1",
    "/book",
    "/api/v1",
    "/api/v1/",
    "/api/v1/bookshelf",
    "/api/v1/users/me",
    "/api/v1/users/books",
    "/api/v2/books",
    "/x/api/v1/books",
    "/API/v1/books",
    "//api/v1/books",
    "/api/v1/auth/token",
)


@pytest.mark.parametrize("path", NEAR)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_token_reaches_another_path(method: str, path: str) -> None:
    assert required_scope(method=method, path=path) is None


@pytest.mark.parametrize("path", ["/api/v1/books", "/api/v1/books/", "/api/v1/books/7/history"])
@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("GET", READ),
        ("HEAD", READ),
        ("OPTIONS", READ),
        ("POST", WRITE),
        ("PUT", WRITE),
        ("PATCH", WRITE),
        ("DELETE", WRITE),
        # Unknown methods are no reading.
        ("TRACE", WRITE),
        ("get", WRITE),
        ("", WRITE),
    ],
)
def test_reading_and_writing_are_told_apart(method: str, scope: str, path: str) -> None:
    assert required_scope(method=method, path=path) == scope


def test_writing_includes_reading_and_not_the_other_way_round() -> None:
    assert includes((READ,), READ)
    assert includes((WRITE,), READ)
    assert includes((WRITE,), WRITE)
    assert includes((READ, WRITE), WRITE)
    assert not includes((READ,), WRITE)
    assert not includes((), READ)
