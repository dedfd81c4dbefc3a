"""API tokens reach books only, on every route and with every method.

The statuses follow from the access matrix: an API token may do on `/api/v1/books…` what its user
may do there, as far as its scopes allow, and nothing elsewhere.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book

from .access_matrix import ACTORS, MATRIX
from .client import ConformingClient

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"
SAFE = ("GET", "HEAD", "OPTIONS")
READ, WRITE = "books:read", "books:write"
OUT_OF_REACH = "API tokens reach /api/v1/books only. Sign in to use this route."

# What a stranger may do is done without looking at the token.
CLOSED = [
    (route, method)
    for route, methods in MATRIX.items()
    for method, statuses in methods.items()
    if statuses[ACTORS.index("stranger")] == 401
]
OF_BOOKS = [cell for cell in CLOSED if cell[0].startswith(BOOKS)]
CANONICAL = [cell for cell in CLOSED if cell[0].startswith("/api/v1") and cell not in OF_BOOKS]
TUTORIAL = [cell for cell in CLOSED if not cell[0].startswith("/api/v1")]

JobOf = Callable[..., ConformingClient]


@pytest.fixture
def book(boss: User, make_book: Callable[..., Book]) -> Book:
    return make_book(boss)


def send(client: ConformingClient, cell: tuple[str, str], book: Book) -> Any:
    route, method = cell
    path = route.format(
        public_id=book.owner.public_id,
        sid="6f1d2c3b-4a59-4e68-8b7c-9d0e1f2a3b4c",
        id="8a4f2b1c-3d5e-4f60-9a7b-1c2d3e4f5a6b"
        if route.endswith(("/tokens/{id}", "/passkeys/{id}"))
        else book.pk,
        book_id=book.pk,
        isbn="9780141439549",
    )
    return client.generic(method, path, json.dumps({}), content_type="application/json")


def cells(chosen: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cell", chosen, ids=" ".join)


def test_each_kind_of_route_is_there() -> None:
    assert min(map(len, (OF_BOOKS, CANONICAL, TUTORIAL))) > 10


@cells(CANONICAL)
def test_an_admins_token_reaches_no_other_route(
    cell: tuple[str, str], boss: User, book: Book, job_of: JobOf
) -> None:
    response = send(job_of(boss, READ, WRITE), cell, book)
    assert response.status_code == 403
    assert (response.json()["code"], response.json()["detail"]) == (
        "insufficient_scope",
        OUT_OF_REACH,
    )
    assert response["WWW-Authenticate"] == 'Bearer realm="bookstore", error="insufficient_scope"'


@cells(TUTORIAL)
@pytest.mark.parametrize(
    "client_with",
    [
        lambda token: ConformingClient(HTTP_AUTHORIZATION=f"Bearer {token}"),
        lambda token: ConformingClient(HTTP_X_ACCESS_TOKEN=token),
        lambda token: ConformingClient(HTTP_X_ACCESS_TOKENS=token),
    ],
)
def test_an_admins_token_reaches_nothing_of_the_tutorial(
    cell: tuple[str, str],
    client_with: Callable[[str], ConformingClient],
    boss: User,
    book: Book,
    token_of: Callable[..., str],
) -> None:
    response = send(client_with(token_of(boss)), cell, book)
    assert response.status_code == 401
    assert response.json() == {"message": "token is invalid"}


def test_a_bare_token_in_authorization_is_none(boss: User, token_of: Callable[..., str]) -> None:
    response = ConformingClient(HTTP_AUTHORIZATION=token_of(boss)).get("/books")
    assert response.status_code == 401


@cells(OF_BOOKS)
def test_a_token_to_read_writes_nothing(
    cell: tuple[str, str], boss: User, book: Book, job_of: JobOf
) -> None:
    route, method = cell
    response = send(job_of(boss, READ), cell, book)
    if method in SAFE:
        assert response.status_code == MATRIX[route][method][ACTORS.index("admin")]
        return
    assert response.status_code == 403
    assert response.json()["code"] == "insufficient_scope"
    assert response["WWW-Authenticate"] == (
        'Bearer realm="bookstore", error="insufficient_scope", scope="books:write"'
    )
    assert Book.objects.get().version == book.version


@cells(OF_BOOKS)
def test_a_token_to_write_gets_as_far_as_a_login(
    cell: tuple[str, str],
    boss: User,
    make_book: Callable[..., Book],
    job_of: JobOf,
    client_of: Callable[[User], ConformingClient],
) -> None:
    of_token, of_login = (
        send(client, cell, make_book(boss, name=name)).status_code
        for client, name in ((job_of(boss, WRITE), "Romola"), (client_of(boss), "Middlemarch"))
    )
    assert of_token == of_login
    assert of_token not in (401, 403)


def test_a_token_has_no_right_that_its_user_has_not(
    ada: User, bob: User, make_book: Callable[..., Book], job_of: JobOf
) -> None:
    book = make_book(bob)
    job = job_of(ada)
    refused = job.patch(f"{BOOKS}/{book.pk}", {"price": "1.00"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert "WWW-Authenticate" not in refused
    User.objects.filter(pk=ada.pk).update(editor=True)
    assert job.patch(f"{BOOKS}/{book.pk}", {"price": "1.00"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/users/me", "/api/v1/users/me/tokens", "/api/v1/auth/sessions"]
)
def test_a_page_for_people_is_out_of_reach_too(path: str, ada: User, job_of: JobOf) -> None:
    response = job_of(ada).get(path, headers={"accept": "text/html"})
    assert response.status_code == 403


def test_an_open_route_ignores_the_token(ada: User, job_of: JobOf) -> None:
    body = {"name": "ada", "password": "violet-Harbour-27"}
    assert job_of(ada).post("/api/v1/auth/token", body).status_code == 200


def test_a_token_is_no_access_or_refresh_token(ada: User, token_of: Callable[..., str]) -> None:
    client, token = ConformingClient(), token_of(ada)
    for path, member in (("verify", "token"), ("refresh", "refresh")):
        response = client.post(f"/api/v1/auth/token/{path}", {member: token})
        assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
