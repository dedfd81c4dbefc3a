"""Members of a body that a route does not know, or that can't be set, are refused."""

from collections.abc import Callable

import pytest

from accounts.models import User
from books.models import Book
from tests.book_fields import ADDED
from tests.client import ConformingClient
from tests.problems import field_codes, problem_of

pytestmark = pytest.mark.django_db

BOOKS = "/api/v1/books"
BOOK = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}

ClientOf = Callable[[User], ConformingClient]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("auth/register", {"name": "eve", "password": "violet-Harbour-27"}),
        ("auth/token", {"name": "ada", "password": "violet-Harbour-27"}),
        ("auth/token/refresh", {"refresh": "x"}),
        ("auth/token/verify", {"token": "x"}),
        ("auth/token/second-factor", {"ticket": "x", "code": "123456"}),
        ("users/me/totp", {"current_password": "a"}),
        ("users/me/totp/confirm", {"code": "123456"}),
        ("users/me/recovery-codes", {"current_password": "a"}),
        ("users/me/password", {"current_password": "a", "new_password": "amber-Compass-31"}),
        ("books", BOOK),
    ],
)
def test_every_route_with_a_body_refuses_unknown_members(
    path: str, body: dict[str, str], ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).post(f"/api/v1/{path}", {**body, "nonsense": 1})
    assert response.status_code == 400
    assert field_codes(response) == {("#/nonsense", "unknown_member")}


def test_the_nearest_member_is_named(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).post(BOOKS, {**BOOK, "prise": "x", "titel": "y"})
    known = sorted(["isbn", "price", "published_on", *(field.name for field in ADDED)])
    texts = {error["pointer"]: error["detail"] for error in problem_of(response)["errors"]}
    assert texts == {
        "#/prise": "There is no such member. Did you mean `price`?",
        "#/titel": f"There is no such member. There is `{'`, `'.join(known)}`.",
    }


def test_unknown_members_and_wrong_ones_are_named_together(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).post(BOOKS, {**BOOK, "price": "dear", "zzzz": 1})
    assert field_codes(response) == {("#/price", "invalid"), ("#/zzzz", "unknown_member")}


def test_members_with_the_names_of_an_error_s_own_members_are_refused(
    ada: User, make_book: Callable[..., Book], client_of: ClientOf
) -> None:
    book, body = make_book(ada), {"message": 1, "code": 2}
    response = client_of(ada).patch(f"{BOOKS}/{book.pk}", body)
    assert field_codes(response) == {(f"#/{name}", "unknown_member") for name in body}

    change = {"op": "change", "id": book.pk, "book": body}
    response = client_of(ada).post(f"{BOOKS}/batch", {"operations": [change]})
    where = "#/operations/0/book"
    assert field_codes(response) == {(f"{where}/{name}", "unknown_member") for name in body}


def test_no_more_than_twenty_are_named(ada: User, client_of: ClientOf) -> None:
    body = {**BOOK, **{f"zz{number}": 1 for number in range(5_000)}}
    response = client_of(ada).post(BOOKS, body)
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 20


def test_a_long_name_is_not_repeated_whole(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).post(BOOKS, {**BOOK, "z" * 5_000: 1})
    assert field_codes(response) == {(f"#/{'z' * 100}", "unknown_member")}


def test_a_book_may_be_sent_back_as_it_was_read(
    ada: User, client_of: ClientOf, make_book: Callable[..., Book]
) -> None:
    address = f"{BOOKS}/{make_book(ada, price='9.50').pk}"
    client = client_of(ada)
    record = client.get(address).json()
    assert client.put(address, {**record, "price": "8.00"}).status_code == 200
    # `version` has changed since this was read.
    response = client.put(address, record)
    assert response.status_code == 400
    assert field_codes(response) == {("#/updated_at", "read_only"), ("#/version", "read_only")}
    assert str(Book.objects.get().price) == "8.00"


def test_a_form_of_the_browsable_api_has_members_of_its_own(ada: User) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)
    form = {**BOOK, "csrfmiddlewaretoken": "x", "_method": "POST"}
    assert browser.post(BOOKS, form, format="multipart").status_code == 201


def test_the_tutorials_routes_pass_over_what_they_do_not_know(
    ada: User, anonymous: ConformingClient, client_of: ClientOf
) -> None:
    account = {"name": "eve", "password": "violet-Harbour-27", "admin": True, "x": 1}
    assert anonymous.post("/register", account).status_code == 200
    assert not User.objects.get(name="eve").admin
    book = {"name": "Emma", "Author": "A", "Publisher": "P", "book_prize": 3, "x": 1}
    assert client_of(ada).post("/book", book).status_code == 200
