"""Unknown query parameters are refused on every route of the canonical API."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import LoginSession, User
from books.models import Book
from tests.book_fields import ADDED_ORDERS
from tests.client import ConformingClient
from tests.openapi import strict_document
from tests.problems import problem_of

BOOKS = "/api/v1/books"
NOBODY = "00000000-0000-4000-8000-000000000000"

ClientOf = Callable[[User], ConformingClient]

OPERATIONS = [
    (method, template)
    for template, operations in strict_document()["paths"].items()
    for method in operations
    if template.startswith("/api/v1")
]


def refused(response: Any) -> dict[str, tuple[str, str]]:
    """Return the code and the text for each parameter that a response refuses."""
    assert response.status_code == 400
    return {
        error["parameter"]: (error["code"], error["detail"])
        for error in problem_of(response)["errors"]
    }


def path_of(template: str) -> str:
    """Return a path of that form. The id of what a user has is a UUID, that of a book a number."""
    pk = NOBODY if "/users/" in template else 1
    return template.format(id=pk, public_id=NOBODY, sid=NOBODY, isbn="x")


@pytest.mark.parametrize(("method", "template"), OPERATIONS)
def test_every_operation_refuses_an_unknown_parameter(
    method: str, template: str, boss: User, client_of: ClientOf
) -> None:
    path = path_of(template)
    response = client_of(boss).generic(method.upper(), f"{path}?nonsense=1")
    (code, text) = refused(response)["nonsense"]
    assert code == "unknown_parameter"
    assert text.startswith("There is no such parameter.")
    assert response.json()["code"] == "unknown_parameter"


@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}/1", "/api/v1", "/api/v1/users/me"])
@pytest.mark.parametrize("names", [("message", "code"), ("code",), ("message",)])
def test_parameters_with_the_names_of_an_error_s_own_members_are_refused(
    names: tuple[str, ...], path: str, ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).get(f"{path}?{'&'.join(f'{name}=1' for name in names)}")
    assert {name: code for name, (code, _) in refused(response).items()} == dict.fromkeys(
        names, "unknown_parameter"
    )


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("autor", "author"),
        ("AUTHOR", "author"),
        ("author__icontains", "author"),
        ("order_by", "ordering"),
        ("price-min", "price_min"),
        ("limits", "limit"),
        ("isnb", "isbn"),
        ("ids", "id"),
        ("mising", "missing"),
        ("updated_after", "updated_since"),
        ("created-since", "created_since"),
    ],
)
def test_the_nearest_parameter_is_named(
    sent: str, meant: str, ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).get(BOOKS, {sent: "x"})
    text = f"There is no such parameter. Did you mean `{meant}`?"
    assert refused(response) == {sent: ("unknown_parameter", text)}


@pytest.mark.parametrize(
    "name", ["q", "ordering", "limit", "cursor", "count", "price_min", "created_since", "format"]
)
def test_a_parameter_with_one_value_that_stands_twice_is_refused(
    name: str, ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).get(f"{BOOKS}?{name}=json&{name}=json")
    assert refused(response)[name] == ("invalid_parameter", "Give it once.")
    assert response.json()["code"] == "invalid_parameter"


def test_unknown_and_repeated_parameters_are_named_together(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).get(f"{BOOKS}?q=a&q=b&zzzz=1")
    assert {name: code for name, (code, _) in refused(response).items()} == {
        "q": "invalid_parameter",
        "zzzz": "unknown_parameter",
    }
    assert response.json()["code"] == "invalid_parameter"


def test_a_method_that_is_not_there_is_405_first(ada: User, client_of: ClientOf) -> None:
    assert client_of(ada).patch(f"{BOOKS}?nonsense=1").status_code == 405


def test_no_more_than_twenty_are_named(ada: User, client_of: ClientOf) -> None:
    query = "&".join(f"zz{number}=1" for number in range(200))
    assert len(refused(client_of(ada).get(f"/api/v1/auth/sessions?{query}"))) == 20


@pytest.mark.parametrize(
    ("ordering", "hint"),
    [
        ("autor", " Did you mean `author`?"),
        ("-prise", " Did you mean `-price`?"),
        ("name,-prise", " Did you mean `-price`?"),
        ("autor,-prise", " Did you mean `author`?"),
    ],
)
def test_an_unknown_ordering_names_the_nearest(
    ordering: str, hint: str, ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).get(BOOKS, {"ordering": ordering})
    text = f"There is no such ordering.{hint}"
    assert refused(response) == {"ordering": ("invalid_choice", text)}
    assert response.json()["code"] == "invalid_parameter"


def test_where_nothing_is_near_all_are_named(ada: User, client_of: ClientOf) -> None:
    client = client_of(ada)
    (_, text) = refused(client.get("/api/v1/auth/sessions?page=2"))["page"]
    assert text == "There is no such parameter. There is `count`, `cursor`, `limit`."
    (_, text) = refused(client.get(f"{BOOKS}?ordering=xyz"))["ordering"]
    first, second, *_ = sorted(f"`-{name}`" for name in ("author", "created_at", *ADDED_ORDERS))
    assert text.startswith(f"There is no such ordering. There is {first}, {second}, ")
    (_, text) = refused(client.post("/api/v1/auth/logout?all=true"))["all"]
    assert text == "There is no such parameter."


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("template", sorted({template for _, template in OPERATIONS}))
def test_a_page_that_refuses_a_parameter_is_a_page(method: str, template: str, boss: User) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(boss)
    path = path_of(template)
    response = browser.generic(method.upper(), f"{path}?nonsense=1")
    assert response.status_code in (400, 405)
    assert response.headers["Content-Type"].startswith("text/html")


def test_what_a_list_knows_one_book_does_not(
    ada: User, client_of: ClientOf, make_book: Callable[..., Book]
) -> None:
    book = make_book(ada)
    client = client_of(ada)
    for method in ("get", "delete"):
        response = getattr(client, method)(f"{BOOKS}/{book.pk}?limit=1")
        assert "limit" in refused(response)
    assert client.post(f"{BOOKS}?limit=1", {"name": "x"}).json()["code"] == "unknown_parameter"
    assert Book.objects.get() == book


def test_a_mistyped_parameter_ends_no_session(ada: User, client_of: ClientOf) -> None:
    response = client_of(ada).delete("/api/v1/auth/sessions?ALL=true")
    text = "There is no such parameter. Did you mean `all`?"
    assert refused(response) == {"ALL": ("unknown_parameter", text)}
    assert not LoginSession.objects.exclude(revoked_at=None).exists()


@pytest.mark.parametrize("path", [BOOKS, f"{BOOKS}/import", "/api/v1/users/me"])
def test_a_format_that_there_is_none_of_is_a_value_refused(
    path: str, ada: User, client_of: ClientOf
) -> None:
    response = client_of(ada).generic("POST" if "import" in path else "GET", f"{path}?format=jsn")

    text = "There is no such format. Did you mean `json`?"
    assert refused(response) == {"format": ("invalid_choice", text)}


def test_the_browsable_api_keeps_its_own_parameters(ada: User) -> None:
    browser = ConformingClient(HTTP_ACCEPT="text/html")
    browser.force_login(ada)
    assert browser.get(f"{BOOKS}?format=api").status_code == 200
    as_json = browser.get(f"{BOOKS}?format=json", HTTP_ACCEPT="*/*")
    assert as_json.json()["results"] == []
    # The form of a filtered list is sent to the page's address, with its query.
    book = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}
    address = f"{BOOKS}?author=austen&limit=5"
    assert browser.post(address, book, format="multipart").status_code == 201
    page = browser.get(f"{BOOKS}?autor=austen")
    assert page.status_code == 400
    assert "Did you mean `author`?" in page.content.decode()


def test_the_tutorials_routes_pass_over_what_they_do_not_know(
    ada: User, client_of: ClientOf
) -> None:
    assert client_of(ada).get("/books?nonsense=1").status_code == 200
