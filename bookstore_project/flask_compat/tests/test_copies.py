"""The routes as copies of the tutorial have them, where a request can be read in one way only."""

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.tokens.authorization_header import BASIC_CHALLENGE
from accounts.tokens.classes import AccessToken
from books.models import Book, BookChange
from bookstore_project.flask_compat import book_views
from tests.client import ConformingClient

from .test_contract import MIDDLEMARCH, PASSWORD, basic, send

pytestmark = pytest.mark.django_db

MakeBook = Callable[..., Book]
BOOK = json.loads(MIDDLEMARCH)
CONTRADICTORY = "Two spellings of this member have different values. Send one of them."


@pytest.fixture
def token(ada: User) -> str:
    return str(AccessToken.for_user(ada))


@pytest.fixture
def client(token: str) -> ConformingClient:
    return ConformingClient(HTTP_X_ACCESS_TOKENS=token)


# --- A bare token --------------------------------------------------------------------------------


@pytest.mark.parametrize("spaces", ["", " "])
def test_a_bare_token_in_authorization_lets_in(token: str, spaces: str) -> None:
    response = send("GET", "/books", authorization=f"{spaces}{token}{spaces}")
    assert (response.status_code, response.content) == (200, b'{"list_of_books":[]}')


def test_it_does_not_on_the_canonical_api(token: str) -> None:
    assert send("GET", "/api/v1/books", authorization=token).status_code == 401


@pytest.mark.parametrize("value", ["a.b.c", "{token}x"])
def test_a_bare_token_that_is_not_valid_is_401(token: str, value: str) -> None:
    response = send("GET", "/books", authorization=value.replace("{token}", token))
    assert (response.status_code, response.content) == (401, b'{"message":"token is invalid"}')


@pytest.mark.parametrize("value", ["garbage", "Token {token}", "{token} {token}", "a.b"])
def test_what_is_no_bare_token_is_none(token: str, value: str) -> None:
    response = send("GET", "/books", authorization=value.replace("{token}", token))
    assert (response.status_code, response.content) == (
        401,
        b'{"message":"a valid token is missing"}',
    )


def test_a_bare_token_beside_another_header(token: str, bob: User) -> None:
    other = str(AccessToken.for_user(bob))
    same = send("GET", "/books", authorization=token, x_access_tokens=token)
    assert same.status_code == 200
    response = send("GET", "/books", authorization=token, x_access_tokens=other)
    assert (response.status_code, response.content) == (401, b'{"message":"token is invalid"}')


# --- Logging in with a body ----------------------------------------------------------------------


def log_in(body: Any, **headers: str) -> Any:
    return send("POST", "/login", body if isinstance(body, str) else json.dumps(body), **headers)


def assert_could_not_verify(response: Any) -> None:
    assert (response.status_code, response.content) == (401, b"could not verify")
    assert response.headers["WWW-Authenticate"] == BASIC_CHALLENGE
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize(
    "who",
    [
        {"name": "ada"},
        {"username": "ADA"},
        {"email": "Ada@example.org"},
        {"name": "ada", "username": "ada"},
        {"name": "ada", "remember": True},
    ],
)
def test_a_name_and_a_password_in_a_body_log_in(ada: User, who: dict[str, Any]) -> None:
    response = log_in({**who, "password": PASSWORD})
    assert (response.status_code, list(response.json())) == (200, ["token"])
    assert response.headers["Cache-Control"] == "no-store"
    token = response.json()["token"]
    assert send("GET", "/books", x_access_tokens=token).status_code == 200


def test_an_address_that_is_a_name_logs_in(make_user: Callable[..., User]) -> None:
    for name in ("ada@example.org", "ada@localhost"):
        make_user(name)
        assert log_in({"email": name, "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        '"ada"',
        "name=ada&password=violet-Harbour-27",
        {},
        {"name": "ada"},
        {"password": PASSWORD},
        {"name": "ada", "password": "wrong"},
        {"name": "ada", "password": None},
        {"name": "ada", "password": 27},
        {"name": ["ada"], "password": PASSWORD},
        {"name": "ada", "username": "bob", "password": PASSWORD},
        {"name": "ada", "email": "ada@example.org", "password": PASSWORD},
        {"email": "nobody@example.org", "password": PASSWORD},
        {"email": "no address", "password": PASSWORD},
        {"email": "a\0da@example.org", "password": PASSWORD},
        {"name": "\ud800", "password": PASSWORD},
        {"name": "ada", "password": "x" * 1025},
    ],
)
def test_every_other_body_is_a_failed_login(ada: User, body: Any) -> None:
    assert_could_not_verify(log_in(body))


def test_an_inactive_user_fails_like_an_unknown_one(make_user: Callable[..., User]) -> None:
    make_user("gone", is_active=False, email="gone@example.org")
    assert_could_not_verify(log_in({"email": "gone@example.org", "password": PASSWORD}))


def test_with_a_basic_header_the_body_is_ignored(ada: User) -> None:
    right = {"name": "ada", "password": PASSWORD}
    assert_could_not_verify(log_in(right, authorization=basic("ada", "wrong")))
    assert_could_not_verify(log_in(right, authorization="Basic !!!!"))
    assert log_in("{", authorization=basic("ada", PASSWORD)).status_code == 200


def test_another_header_does_no_harm(ada: User) -> None:
    right = {"name": "ada", "password": PASSWORD}
    assert log_in(right, authorization="Bearer expired").status_code == 200


def test_a_page_of_another_site_may_not_log_in(ada: User) -> None:
    response = log_in({"name": "ada", "password": PASSWORD}, sec_fetch_site="cross-site")
    assert (response.status_code, list(response.json())) == (403, ["message"])


def test_a_body_over_16_kib_is_413(ada: User) -> None:
    response = log_in({"name": "ada", "password": PASSWORD, "x": "x" * 17_000})
    assert (response.status_code, response.json()) == (
        413,
        {"message": "The request body is too large."},
    )


# --- Registering ---------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"username": "eve"}, {"Name": "eve"}, {"name": "eve"}])
def test_other_spellings_of_the_name_register(body: dict[str, str]) -> None:
    response = send("POST", "/register", json.dumps({**body, "password": PASSWORD}))
    assert (response.status_code, response.json()) == (200, {"message": "registered successfully"})
    assert User.objects.get().name == "eve"


def test_the_contracts_own_member_counts() -> None:
    body = {"username": "eve", "name": "grace", "email": "x", "password": PASSWORD}
    assert send("POST", "/register", json.dumps(body)).status_code == 200
    assert (User.objects.get().name, User.objects.get().email) == ("grace", None)


def test_an_address_is_no_name() -> None:
    body = {"email": "eve@example.org", "password": PASSWORD}
    response = send("POST", "/register", json.dumps(body))
    assert (response.status_code, response.json()) == (
        400,
        {"message": "name: Choose a name to sign in with. An email address is no name."},
    )
    assert not User.objects.exists()


# --- Books ---------------------------------------------------------------------------------------

SPELLINGS = [
    BOOK,
    {"name": "Middlemarch", "author": "George Eliot", "publisher": "Blackwood", "book_prize": 12},
    {"Name": "Middlemarch", "AUTHOR": "George Eliot", "publisher": "Blackwood", "Price": 12},
    {"title": "Middlemarch", "author": "George Eliot", "Publisher": "Blackwood", "book_price": 12},
    {**BOOK, "author": "Ignored", "title": "Ignored", "price": 99},
    {"title": "Middlemarch", "Title": "Middlemarch", **{k: BOOK[k] for k in list(BOOK)[1:]}},
]


@pytest.mark.parametrize("path", ["/book", "/books"])
@pytest.mark.parametrize("body", SPELLINGS)
def test_a_book_in_other_words_is_created(
    client: ConformingClient, ada: User, path: str, body: dict[str, Any]
) -> None:
    response = client.post(path, body)
    assert (response.status_code, response.content) == (200, b'{"message":"new books created"}')
    book = Book.objects.get()
    assert (book.owner, book.name, book.author) == (ada, "Middlemarch", "George Eliot")
    assert (book.publisher, book.price) == ("Blackwood", Decimal(12))


def test_two_spellings_that_contradict_each_other_are_400(client: ConformingClient) -> None:
    body = {"name": "Middlemarch", "author": "George Eliot", "AUTHOR": "Another", "publisher": "P"}
    response = client.post("/books", body)
    assert (response.status_code, response.json()) == (
        400,
        {"message": f"Author: {CONTRADICTORY}"},
    )
    assert not Book.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", "3"])
@pytest.mark.parametrize("path", ["/books", "/register"])
def test_a_body_that_is_no_object_is_400(token: str, path: str, body: str) -> None:
    assert send("POST", path, body, x_access_tokens=token).status_code == 400


@pytest.mark.parametrize("path", ["/book", "/books"])
def test_a_book_needs_no_price(client: ConformingClient, path: str) -> None:
    body = {member: BOOK[member] for member in ("name", "Author", "Publisher")}
    assert client.post(path, body).status_code == 200
    assert Book.objects.get().price is None
    [shown] = client.get("/books").json()["list_of_books"]
    assert shown["book_prize"] is None


def test_one_book_is_the_object_of_the_list(
    client: ConformingClient, ada: User, make_book: MakeBook
) -> None:
    book = make_book(ada, price=12)
    response = client.get(f"/books/{book.pk}")
    assert response.status_code == 200
    assert response.content.decode() == (
        f'{{"id":{book.pk},"name":"Middlemarch","Author":"George Eliot",'
        '"Publisher":"Blackwood","book_prize":12}'
    )
    assert client.get("/books").json()["list_of_books"] == [response.json()]


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ({**BOOK, "name": "Romola"}, ("Romola", "George Eliot", "Blackwood", 12)),
        ({"author": "Mary Ann Evans"}, ("Middlemarch", "Mary Ann Evans", "Blackwood", 10)),
        ({"price": "9.50", "shelf": 3}, ("Middlemarch", "George Eliot", "Blackwood", 9.5)),
        ({"book_prize": None}, ("Middlemarch", "George Eliot", "Blackwood", None)),
    ],
)
def test_a_book_is_changed(
    client: ConformingClient, ada: User, make_book: MakeBook, body: Any, after: Any
) -> None:
    book = make_book(ada, price=10)
    response = client.put(f"/books/{book.pk}", body)
    assert (response.status_code, response.content) == (200, b'{"message":"Book updated"}')
    book.refresh_from_db()
    assert (book.name, book.author, book.publisher, book.price) == after
    assert book.version == 2
    change = BookChange.objects.get()
    assert (change.kind, change.actor_name) == ("changed", "ada")
    # The same values again store nothing.
    assert client.put(f"/books/{book.pk}", body).status_code == 200
    assert BookChange.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("{}", 400, "#: Send at least one of name, Author, Publisher and book_prize."),
        ('{"shelf": 3}', 400, "#: Send at least one of name, Author, Publisher and book_prize."),
        ('{"name": ""}', 400, "name: This field may not be blank."),
        ("[]", 400, "#: Invalid data. Expected a dictionary, but got list."),
        ('{"name": "Romola"}', 409, "This owner already has that book by that author."),
    ],
)
def test_a_change_that_is_refused_says_why(  # noqa: PLR0913  # fixtures and the table's columns
    *, token: str, ada: User, make_book: MakeBook, body: str, status: int, message: str
) -> None:
    book = make_book(ada)
    make_book(ada, name="Romola")
    response = send("PUT", f"/books/{book.pk}", body, x_access_tokens=token)
    assert (response.status_code, response.json()) == (status, {"message": message})
    book.refresh_from_db()
    assert book.version == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({"name": "Romola"}, 409), ({"book_prize": 5}, 200), ({"name": "Emma"}, 200)],
)
def test_a_title_of_another_edition_is_409(
    client: ConformingClient,
    ada: User,
    make_book: MakeBook,
    body: dict[str, Any],
    status: int,
) -> None:
    """Clients of the tutorial know a book by its name and author alone."""
    make_book(ada, name="Romola", isbn="9780141439587")
    make_book(ada, name="Romola", isbn="9780140430219")
    book = make_book(ada, name="Middlemarch", isbn="9780141439549")
    assert client.put(f"/books/{book.pk}", body).status_code == status


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("book_id", ["0", "999", "Middlemarch", "-1", "9" * 30, "%00"])
def test_a_book_that_does_not_exist_is_404(method: str, book_id: str, token: str) -> None:
    response = send(method, f"/books/{book_id}", MIDDLEMARCH, x_access_tokens=token)
    assert (response.status_code, response.content) == (404, b'{"message":"book does not exist"}')


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("is_admin", [False, True])
def test_another_owners_book_is_404(  # noqa: PLR0913  # fixtures and two axes
    *, method: str, is_admin: bool, ada: User, bob: User, token: str, make_book: MakeBook
) -> None:
    User.objects.filter(pk=ada.pk).update(admin=is_admin)
    book = make_book(bob)
    response = send(method, f"/books/{book.pk}", MIDDLEMARCH, x_access_tokens=token)
    assert (response.status_code, response.content) == (404, b'{"message":"book does not exist"}')
    book.refresh_from_db()
    assert book.version == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_book_that_is_deleted_meanwhile_is_404(
    *, method: str, token: str, ada: User, make_book: MakeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = make_book(ada)

    def and_delete(request: Any) -> Origin:
        Book.objects.all().delete()
        return Origin.of(request)

    monkeypatch.setattr(book_views, "Origin", Mock(of=and_delete))
    response = send(method, f"/books/{book.pk}", MIDDLEMARCH, x_access_tokens=token)
    assert (response.status_code, response.content) == (404, b'{"message":"book does not exist"}')


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_other_methods_of_one_book_are_405(method: str, token: str) -> None:
    response = send(method, "/books/1", MIDDLEMARCH, x_access_tokens=token)
    assert response.status_code == 405
    assert response.json() == {"message": f'Method "{method}" not allowed.'}


def test_a_book_is_two_queries(
    client: ConformingClient, ada: User, make_book: MakeBook, django_assert_num_queries: Any
) -> None:
    book = make_book(ada)
    with django_assert_num_queries(2):
        client.get(f"/books/{book.pk}")


def test_basic_is_still_the_first_way(ada: User) -> None:
    credentials = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    assert send("POST", "/login", authorization=f"basic {credentials}").status_code == 200
