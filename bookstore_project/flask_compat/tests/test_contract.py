"""The Flask tutorial's wire contract with literal requests and responses.

Do not change a body here without docs/flask-contract.md: clients in the wild depend on each.
"""

import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts.models import User
from accounts.tokens.authorization_header import BASIC_CHALLENGE
from accounts.tokens.classes import AccessToken, RefreshToken
from books.models import Book
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

PASSWORD = "violet-Harbour-27"
MIDDLEMARCH = (
    '{"name": "Middlemarch", "Author": "George Eliot", "Publisher": "Blackwood", "book_prize": 12}'
)


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def send(method: str, path: str, body: str | None = None, **headers: str) -> Any:
    """Send a request as the tutorial's clients do, with a literal body."""
    return ConformingClient().generic(
        method,
        path,
        body or "",
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


@pytest.fixture
def token(ada: User) -> str:
    return str(AccessToken.for_user(ada))


def test_the_tutorials_whole_story() -> None:
    response = send("POST", "/register", json.dumps({"name": "ada", "password": PASSWORD}))
    assert (response.status_code, response.content) == (
        200,
        b'{"message":"registered successfully"}',
    )
    user = User.objects.get(name="ada")
    assert (user.admin, user.public_id.version) == (False, 4)

    response = send("POST", "/login", authorization=basic("ada", PASSWORD))
    assert response.status_code == 200
    assert list(response.json()) == ["token"]
    token = response.json()["token"]

    response = send("POST", "/book", MIDDLEMARCH, x_access_tokens=token)
    assert (response.status_code, response.content) == (200, b'{"message":"new books created"}')
    book = Book.objects.get()
    assert book.owner == user

    response = send("GET", "/books", x_access_tokens=token)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.content.decode() == (
        f'{{"list_of_books":[{{"id":{book.pk},"name":"Middlemarch","Author":"George Eliot",'
        '"Publisher":"Blackwood","book_prize":12}]}'
    )

    response = send("DELETE", f"/books/{book.pk}", x_access_tokens=token)
    assert (response.status_code, response.content) == (200, b'{"message":"Book deleted"}')
    assert not Book.objects.exists()

    response = send("GET", "/books", x_access_tokens=token)
    assert (response.status_code, response.content) == (200, b'{"list_of_books":[]}')


def test_a_foreign_service_with_the_key_decodes_the_token(ada: User) -> None:
    before = int(time.time())
    token = send("POST", "/login", authorization=basic("ada", PASSWORD)).json()["token"]
    claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"])
    assert claims["public_id"] == str(ada.public_id)
    assert before + 45 * 60 <= claims["exp"] <= int(time.time()) + 45 * 60
    assert "aud" not in claims


@pytest.mark.parametrize("header", ["x-access-tokens", "x-access-token", "X-Access-Tokens"])
def test_the_token_is_taken_from_either_header(header: str, token: str) -> None:
    assert send("GET", "/books", **{header: token}).status_code == 200


def test_the_token_is_taken_from_the_bearer_header_too(token: str) -> None:
    assert send("GET", "/books", authorization=f"Bearer {token}").status_code == 200


PROTECTED = [
    ("GET", "/books"),
    ("POST", "/books"),
    ("POST", "/book"),
    ("GET", "/books/1"),
    ("PUT", "/books/1"),
    ("DELETE", "/books/1"),
    ("GET", "/users"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_no_token_is_401_with_the_tutorials_body(method: str, path: str) -> None:
    response = send(method, path)
    assert response.status_code == 401
    assert response.content == b'{"message":"a valid token is missing"}'
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_an_empty_token_header_is_no_token(method: str, path: str) -> None:
    response = send(method, path, x_access_tokens="")
    assert response.status_code == 401
    assert response.content == b'{"message":"a valid token is missing"}'


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("kind", ["garbage", "expired", "refresh", "of a deleted user"])
def test_a_bad_token_is_401_with_the_tutorials_body(
    method: str, path: str, kind: str, ada: User
) -> None:
    access = AccessToken.for_user(ada)
    if kind == "expired":
        access["exp"] = int(time.time()) - 1
    token = {"garbage": "garbage", "refresh": str(RefreshToken.for_user(ada))}.get(
        kind, str(access)
    )
    if kind == "of a deleted user":
        ada.delete()
    response = send(method, path, x_access_tokens=token)
    assert response.status_code == 401
    assert response.content == b'{"message":"token is invalid"}'
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        basic("ada", "wrong"),
        basic("nobody", PASSWORD),
        basic("", ""),
        basic("a\x00da", PASSWORD),
        "Basic",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Bearer abc",
    ],
)
def test_a_failed_login_is_401_could_not_verify(authorization: str, ada: User) -> None:
    response = send("POST", "/login", authorization=authorization)
    assert response.status_code == 401
    assert response.content == b"could not verify"
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["WWW-Authenticate"] == BASIC_CHALLENGE


def test_an_inactive_user_fails_like_an_unknown_one(make_user: Callable[..., User]) -> None:
    make_user("gone", is_active=False)
    response = send("POST", "/login", authorization=basic("gone", PASSWORD))
    assert (response.status_code, response.content) == (401, b"could not verify")


def test_users_needs_an_admin(ada: User) -> None:
    response = send("GET", "/users", x_access_tokens=str(AccessToken.for_user(ada)))
    assert response.status_code == 403
    assert list(response.json()) == ["message"]


def test_an_admin_lists_users_without_any_password(ada: User, boss: User) -> None:
    response = send("GET", "/users", x_access_tokens=str(AccessToken.for_user(boss)))
    assert response.status_code == 200
    assert response.json() == {
        "users": [
            {"public_id": str(ada.public_id), "name": "ada", "admin": False},
            {"public_id": str(boss.public_id), "name": "boss", "admin": True},
        ]
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{}", "name: This field is required. password: This field is required."),
        ('{"name": "eve"}', "password: This field is required."),
        (
            json.dumps({"name": "e:ve", "password": PASSWORD}),
            "name: A name can't contain a colon.",
        ),
        (
            '{"name": "eve", "password": "1234567"}',
            (
                "password: This password is too short. It must contain at least 8 characters."
                " password: This password is too common."
                " password: This password is entirely numeric."
            ),
        ),
        ("[]", "#: Invalid data. Expected a dictionary, but got list."),
    ],
)
def test_bad_registrations_are_400_and_say_why(body: str, message: str) -> None:
    response = send("POST", "/register", body)
    assert response.status_code == 400
    assert response.json() == {"message": message}
    assert not User.objects.exists()


@pytest.mark.parametrize("body", ["", "{", '{"name": NaN}', "[" * 16_000, "\x00"])
def test_a_body_that_is_no_json_is_400(body: str) -> None:
    response = send("POST", "/register", body)
    assert response.status_code == 400
    assert list(response.json()) == ["message"]


def test_json_is_read_whatever_the_content_type_says(token: str) -> None:
    response = ConformingClient().generic(
        "POST",
        "/book",
        MIDDLEMARCH,
        content_type="application/x-www-form-urlencoded",
        headers={"x-access-tokens": token},
    )
    assert response.status_code == 200


def test_accept_is_not_looked_at(token: str) -> None:
    response = send("GET", "/books", x_access_tokens=token, accept="text/html,image/png")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["ada", "ADA", "Ａｄａ", " ada "])
def test_a_taken_name_is_409(name: str, ada: User) -> None:
    response = send("POST", "/register", json.dumps({"name": name, "password": PASSWORD}))
    assert response.status_code == 409
    assert response.json() == {"message": "This name is taken. Choose another."}
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "name: This field may not be null."),
        ({"Author": ""}, "Author: This field may not be blank."),
        (
            {"Publisher": "x" * 256},
            "Publisher: Ensure this field has no more than 255 characters.",
        ),
        ({"book_prize": "abc"}, "book_prize: Give a price in plain digits, such as 12.50."),
        ({"book_prize": -1}, "book_prize: Ensure this value is greater than or equal to 0."),
    ],
)
def test_bad_books_are_400_and_say_why(change: dict[str, Any], message: str, token: str) -> None:
    body = json.dumps({**json.loads(MIDDLEMARCH), **change})
    response = send("POST", "/book", body, x_access_tokens=token)
    assert response.status_code == 400
    assert response.json() == {"message": message}
    assert not Book.objects.exists()


@pytest.mark.parametrize("member", ["name", "Author", "Publisher"])
def test_a_missing_member_is_400(member: str, token: str) -> None:
    body = json.loads(MIDDLEMARCH)
    del body[member]
    response = send("POST", "/book", json.dumps(body), x_access_tokens=token)
    assert response.status_code == 400
    assert response.json() == {"message": f"{member}: This field is required."}


def test_the_same_book_twice_is_409(token: str) -> None:
    send("POST", "/book", MIDDLEMARCH, x_access_tokens=token)
    response = send("POST", "/book", MIDDLEMARCH, x_access_tokens=token)
    assert response.status_code == 409
    assert response.json() == {"message": "This owner already has that book by that author."}
    assert Book.objects.count() == 1


def test_another_owner_and_another_title_of_one_author_are_fine(bob: User, token: str) -> None:
    bobs = str(AccessToken.for_user(bob))
    romola = MIDDLEMARCH.replace("Middlemarch", "Romola")
    statuses = [
        send("POST", "/book", MIDDLEMARCH, x_access_tokens=token).status_code,
        send("POST", "/book", romola, x_access_tokens=token).status_code,
        send("POST", "/book", MIDDLEMARCH, x_access_tokens=bobs).status_code,
    ]
    assert statuses == [200, 200, 200]
    assert Book.objects.count() == 3


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("12", "12"),
        ("12.00", "12"),
        ("12.50", "12.5"),
        ("0", "0"),
        (None, "null"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_prices_are_json_numbers(
    stored: str | None, shown: str, ada: User, token: str, make_book: Callable[..., Book]
) -> None:
    make_book(ada, price=stored)
    response = send("GET", "/books", x_access_tokens=token)
    assert f'"book_prize":{shown}}}' in response.content.decode()


def test_every_book_of_the_caller_and_no_other_comes_in_one_array(
    ada: User, bob: User, token: str, make_book: Callable[..., Book]
) -> None:
    for number in range(150):
        make_book(ada, name=f"Volume {number}")
    make_book(bob)
    books = send("GET", "/books", x_access_tokens=token).json()["list_of_books"]
    assert [book["name"] for book in books] == [f"Volume {number}" for number in range(150)]


@pytest.mark.parametrize("book_id", ["0", "999", "abc", "-1", "1.5", "9" * 30, "٣", "%00"])
def test_deleting_a_book_that_does_not_exist_is_404(book_id: str, token: str) -> None:
    response = send("DELETE", f"/books/{book_id}", x_access_tokens=token)
    assert response.status_code == 404
    assert response.content == b'{"message":"book does not exist"}'


@pytest.mark.parametrize("is_admin", [False, True])
def test_deleting_another_owners_book_is_404(
    is_admin: bool, ada: User, bob: User, token: str, make_book: Callable[..., Book]
) -> None:
    User.objects.filter(pk=ada.pk).update(admin=is_admin)
    book = make_book(bob)
    response = send("DELETE", f"/books/{book.pk}", x_access_tokens=token)
    assert response.status_code == 404
    assert response.content == b'{"message":"book does not exist"}'
    assert Book.objects.filter(pk=book.pk).exists()


@pytest.mark.parametrize("path", ["/register", "/login", "/users", "/book", "/books"])
def test_other_methods_are_405_with_a_message(path: str, boss: User) -> None:
    response = send("PUT", path, x_access_tokens=str(AccessToken.for_user(boss)))
    assert response.status_code == 405
    assert response.json() == {"message": 'Method "PUT" not allowed.'}


def test_a_body_that_is_too_large_is_413(token: str) -> None:
    body = json.dumps({"name": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    response = send("POST", "/book", body, x_access_tokens=token)
    assert response.status_code == 413
    assert response.json() == {"message": "The request body is too large."}


def test_two_tokens_that_differ_are_401(ada: User, bob: User, token: str) -> None:
    other = str(AccessToken.for_user(bob))
    response = send("GET", "/books", x_access_tokens=token, x_access_token=other)
    assert response.status_code == 401
    assert response.json() == {"message": "token is invalid"}


def test_a_browser_session_is_no_credential_here(ada: User) -> None:
    client = ConformingClient()
    client.force_login(ada)
    response = client.get("/books")
    assert response.status_code == 401


def test_a_server_error_is_not_hidden_by_the_translation(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("books.models.BookQuerySet.owned_by", fail)
    with pytest.raises(RuntimeError, match="broken"):
        send("GET", "/books", x_access_tokens=token)


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_is_two_queries_whatever_its_length(
    rows: int,
    ada: User,
    token: str,
    make_book: Callable[..., Book],
    django_assert_num_queries: Any,
) -> None:
    for number in range(rows):
        make_book(ada, name=str(number))
    with django_assert_num_queries(2):
        send("GET", "/books", x_access_tokens=token)


def test_public_ids_are_uuid4(boss: User) -> None:
    send("POST", "/register", json.dumps({"name": "eve", "password": PASSWORD}))
    users = send("GET", "/users", x_access_tokens=str(AccessToken.for_user(boss))).json()["users"]
    assert {uuid.UUID(user["public_id"]).version for user in users} == {4}
