"""Every error of the canonical API is problem details (RFC 9457), member by member."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from rest_framework.exceptions import Throttled
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.api.views import BookViewSet
from books.models import Book

from .client import ConformingClient
from .problems import problem_of

BOOKS = "/api/v1/books"


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


@pytest.fixture
def undocumented(ada: User) -> APIClient:
    """A client for responses that are not in the document: failures, and throttling."""
    return APIClient(
        raise_request_exception=False,
        HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(ada)}",
    )


def test_400_names_each_field(as_ada: ConformingClient) -> None:
    response = as_ada.post(BOOKS, {"name": None, "author": "", "publisher": "P"})

    assert response.status_code == 400
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "Not valid: author, name.",
        "code": "validation_error",
        "errors": [
            {
                "pointer": "#/name",
                "code": "null",
                "detail": "This field may not be null.",
            },
            {
                "pointer": "#/author",
                "code": "blank",
                "detail": "This field may not be blank.",
            },
        ],
    }


def test_401_without_credentials(anonymous: ConformingClient) -> None:
    response = anonymous.get(BOOKS)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="bookstore"'
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Authentication credentials were not provided.",
        "code": "not_authenticated",
    }


def test_401_with_a_token_that_is_refused(anonymous: ConformingClient) -> None:
    response = anonymous.get(BOOKS, HTTP_AUTHORIZATION="Bearer junk")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == (
        'Bearer realm="bookstore", error="invalid_token", '
        'error_description="The token is not valid."'
    )
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The token is not valid.",
        "code": "token_invalid",
    }


def test_403(as_ada: ConformingClient, bob: User, make_book: Callable[..., Book]) -> None:
    book = make_book(bob)

    response = as_ada.delete(f"{BOOKS}/{book.pk}")

    assert response.status_code == 403
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "Only the owner, an editor or an admin may change this book.",
        "code": "permission_denied",
    }
    assert Book.objects.get() == book


def test_404_for_a_row(as_ada: ConformingClient) -> None:
    response = as_ada.get(f"{BOOKS}/1")

    assert response.status_code == 404
    assert (
        problem_of(response).items()
        >= {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "code": "not_found",
        }.items()
    )


def test_405_names_what_is_allowed(as_ada: ConformingClient) -> None:
    response = as_ada.delete(BOOKS)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Method Not Allowed",
        "status": 405,
        "detail": 'Method "DELETE" not allowed.',
        "code": "method_not_allowed",
    }


@pytest.mark.parametrize("path", [BOOKS, "/api/v1", "/healthz", "/api/schema"])
def test_406_is_json_whatever_the_view_renders(undocumented: APIClient, path: str) -> None:
    response = undocumented.get(path, HTTP_ACCEPT="image/png")

    assert response.status_code == 406
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Not Acceptable",
        "status": 406,
        "detail": "Could not satisfy the request Accept header.",
        "code": "not_acceptable",
    }


def test_409(as_ada: ConformingClient, ada: User, make_book: Callable[..., Book]) -> None:
    book = make_book(ada)

    response = as_ada.post(
        BOOKS, {"name": book.name, "author": book.author, "publisher": "Penguin"}
    )

    assert response.status_code == 409
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "This owner already has that book by that author.",
        "code": "book_exists",
    }
    assert Book.objects.get() == book


def test_415(as_ada: ConformingClient) -> None:
    response = as_ada.post(BOOKS, data="<book/>", content_type="application/xml")

    assert response.status_code == 415
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Unsupported Media Type",
        "status": 415,
        "detail": 'Unsupported media type "application/xml" in request.',
        "code": "unsupported_media_type",
    }
    assert not Book.objects.exists()


def test_429_says_when_to_come_back(
    undocumented: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_the_list_raise(monkeypatch, Throttled(wait=7))

    response = undocumented.get(BOOKS)

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "7"
    assert problem_of(response) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Request was throttled. Expected available in 7 seconds.",
        "code": "throttled",
    }


def test_500_tells_a_program_nothing_of_the_cause(
    undocumented: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_the_list_raise(monkeypatch, RuntimeError("the cause"))

    # Also to a browser: addresses below /api/v1/ are for programs.
    for accept in ("application/json", "text/html"):
        response = undocumented.get(BOOKS, HTTP_ACCEPT=accept)

        assert response.status_code == 500
        assert problem_of(response) == {
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "detail": "The server failed. Report the request id to the operator.",
            "code": "server_error",
        }


def _make_the_list_raise(monkeypatch: pytest.MonkeyPatch, raised: Exception) -> None:
    def get_queryset(view: BookViewSet) -> NoReturn:
        raise raised

    monkeypatch.setattr(BookViewSet, "get_queryset", get_queryset)
