"""The story of a client, told with the client that openapi-python-client generates.

Run with the address of a server and a name that is not taken.
"""

import base64
import io
import sys
from urllib.parse import parse_qs, urlsplit

from bookstore_client import AuthenticatedClient, Client
from bookstore_client.api.auth import auth_register_create, auth_token_create
from bookstore_client.api.books import (
    books_create,
    books_destroy,
    books_export_retrieve,
    books_import_create,
    books_list,
    books_partial_update,
    books_retrieve,
)
from bookstore_client.api.sessions import auth_logout_create
from bookstore_client.api.users import users_me_retrieve
from bookstore_client.models import (
    Book,
    BookOrdering,
    BookRequest,
    CredentialsRequest,
    FieldErrorCode,
    ImportFormRequest,
    PaginatedBookList,
    PatchedBookRequest,
    Problem,
    ProblemCode,
    Register,
    RegisterRequest,
    Report,
    StaleProblem,
    TokenPair,
)
from bookstore_client.types import UNSET, File, Unset

PASSWORD = "violet-Harbour-27"
PRICES = ["19.99", "1.15", "0.07"]


def main(url: str, name: str) -> None:
    client = log_in(url, name)
    books = create(client)
    page_through(client, books)
    change(client, books[0])
    import_and_export(client)
    meet_problems(client)
    deleted = books_destroy.sync_detailed(books[0].id, client=client)
    assert deleted.status_code == 204
    log_out(client)


def log_in(url: str, name: str) -> AuthenticatedClient:
    open_client = Client(base_url=url)
    registered = auth_register_create.sync(
        client=open_client, body=RegisterRequest(name=name, password=PASSWORD)
    )
    assert isinstance(registered, Register)
    # The function wants a client with credentials, since a login may have them in a header.
    basic = base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()
    tokens = auth_token_create.sync(
        client=AuthenticatedClient(base_url=url, token=basic, prefix="Basic"),
        body=CredentialsRequest(name=name, password=PASSWORD),
    )
    assert isinstance(tokens, TokenPair)
    return AuthenticatedClient(base_url=url, token=tokens.access)


def create(client: AuthenticatedClient) -> list[Book]:
    books = []
    for price in PRICES:
        request = BookRequest(name=f"Volume {price}", author="George Eliot", price=price)
        book = books_create.sync(client=client, body=request)
        assert isinstance(book, Book)
        assert book.price == price
        books.append(book)
    return books


def page_through(client: AuthenticatedClient, books: list[Book]) -> None:
    found: list[int] = []
    cursor: str | Unset = UNSET
    while True:
        page = books_list.sync(
            client=client,
            owner=["me"],
            ordering=[BookOrdering.PRICE_DESCENDING],
            limit=2,
            cursor=cursor,
        )
        assert isinstance(page, PaginatedBookList)
        found += [book.id for book in page.results]
        if page.next_ is None:
            break
        (cursor,) = parse_qs(urlsplit(page.next_).query)["cursor"]
    assert found == [book.id for book in books]


def change(client: AuthenticatedClient, book: Book) -> None:
    read = books_retrieve.sync_detailed(book.id, client=client)
    etag = read.headers["ETag"]
    changed = books_partial_update.sync(
        book.id, client=client, body=PatchedBookRequest(price="4.35"), if_match=etag
    )
    assert isinstance(changed, Book)
    assert (changed.price, changed.version) == ("4.35", book.version + 1)
    stale = books_partial_update.sync(
        book.id, client=client, body=PatchedBookRequest(price="0.29"), if_match=etag
    )
    assert isinstance(stale, StaleProblem)
    assert stale.code is ProblemCode.STALE
    assert isinstance(stale.current, Book)
    assert stale.current.price == "4.35"


def import_and_export(client: AuthenticatedClient) -> None:
    file = File(io.BytesIO(b"name,author\r\nRomola,George Eliot\r\n"), "books.csv", "text/csv")
    report = books_import_create.sync(client=client, body=ImportFormRequest(file=file))
    assert isinstance(report, Report)
    assert (report.created, report.refused) == (1, 0)
    exported = books_export_retrieve.sync(client=client, owner=["me"])
    assert isinstance(exported, str)
    assert "Romola" in exported


def meet_problems(client: AuthenticatedClient) -> None:
    twice = books_create.sync(client=client, body=BookRequest(name="Romola", author="George Eliot"))
    assert isinstance(twice, Problem)
    assert (twice.status, twice.code) == (409, ProblemCode.BOOK_EXISTS)
    invalid = books_create.sync(
        client=client, body=BookRequest(name="Adam Bede", author="George Eliot", isbn="1")
    )
    assert isinstance(invalid, Problem)
    assert invalid.code is ProblemCode.VALIDATION_ERROR
    assert not isinstance(invalid.errors, Unset)
    assert [(error.pointer, error.code) for error in invalid.errors] == [
        ("#/isbn", FieldErrorCode.ISBN)
    ]


def log_out(client: AuthenticatedClient) -> None:
    assert auth_logout_create.sync_detailed(client=client).status_code == 204
    ended = users_me_retrieve.sync(client=client)
    assert isinstance(ended, Problem)
    assert (ended.status, ended.code) == (401, ProblemCode.TOKEN_INVALID)


if __name__ == "__main__":
    main(*sys.argv[1:])
