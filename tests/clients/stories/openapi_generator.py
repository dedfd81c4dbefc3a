"""The story of a client, told with the Python client that OpenAPI Generator generates.

Run with the address of a server and a name that is not taken.
"""

import sys
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from bookstore_generated import (
    ApiClient,
    AuthApi,
    Book,
    BookOrdering,
    BookRequest,
    BooksApi,
    Configuration,
    CredentialsRequest,
    FieldErrorCode,
    PatchedBookRequest,
    Problem,
    ProblemCode,
    RegisterRequest,
    SessionsApi,
    StaleProblem,
    UsersApi,
)
from bookstore_generated.exceptions import ApiException

PASSWORD = "violet-Harbour-27"
PRICES = ["19.99", "1.15", "0.07"]


def main(url: str, name: str) -> None:
    client = log_in(url, name)
    api = BooksApi(client)
    books = create(api)
    page_through(api, books)
    change(api, books[0])
    import_and_export(api)
    meet_problems(api)
    api.books_destroy(books[0].id)
    log_out(client)


def log_in(url: str, name: str) -> ApiClient:
    configuration = Configuration(host=url)
    client = ApiClient(configuration)
    auth = AuthApi(client)
    registered = auth.auth_register_create(RegisterRequest(name=name, password=PASSWORD))
    assert registered.name == name
    tokens = auth.auth_token_create(CredentialsRequest(name=name, password=PASSWORD))
    configuration.access_token = tokens.access
    return client


def create(api: BooksApi) -> list[Book]:
    books = []
    for price in PRICES:
        request = BookRequest(name=f"Volume {price}", author="George Eliot", price=price)
        book = api.books_create(request)
        assert book.price == price
        books.append(book)
    return books


def page_through(api: BooksApi, books: list[Book]) -> None:
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = api.books_list(
            owner=["me"],
            ordering=[BookOrdering.PRICE_DESCENDING, BookOrdering.NAME],
            limit=2,
            cursor=cursor,
        )
        found += [book.id for book in page.results]
        if page.next is None:
            break
        (cursor,) = parse_qs(urlsplit(page.next).query)["cursor"]
    assert found == [book.id for book in books]


def change(api: BooksApi, book: Book) -> None:
    read = api.books_retrieve_with_http_info(book.id)
    assert read.headers is not None
    etag = read.headers["ETag"]
    changed = api.books_partial_update(
        book.id, if_match=etag, patched_book_request=PatchedBookRequest(price="4.35")
    )
    assert (changed.price, changed.version) == ("4.35", book.version + 1)
    stale = problem_of(
        lambda: api.books_partial_update(
            book.id, if_match=etag, patched_book_request=PatchedBookRequest(price="0.29")
        )
    )
    assert isinstance(stale, StaleProblem)
    assert stale.code is ProblemCode.STALE
    assert stale.current is not None
    assert stale.current.price == "4.35"


def import_and_export(api: BooksApi) -> None:
    report = api.books_import_create(
        body=b"name,author\r\nRomola,George Eliot\r\n", _content_type="text/csv"
    )
    assert (report.created, report.refused) == (1, 0)
    assert "Romola" in api.books_export_retrieve(owner=["me"])


def meet_problems(api: BooksApi) -> None:
    twice = problem_of(lambda: api.books_create(BookRequest(name="Romola", author="George Eliot")))
    assert isinstance(twice, Problem)
    assert (twice.status, twice.code) == (409, ProblemCode.BOOK_EXISTS)
    invalid = problem_of(
        lambda: api.books_create(BookRequest(name="Adam Bede", author="George Eliot", isbn="1"))
    )
    assert isinstance(invalid, Problem)
    assert invalid.code is ProblemCode.VALIDATION_ERROR
    assert invalid.errors is not None
    assert [(error.pointer, error.code) for error in invalid.errors] == [
        ("#/isbn", FieldErrorCode.ISBN)
    ]


def log_out(client: ApiClient) -> None:
    SessionsApi(client).auth_logout_create()
    ended = problem_of(UsersApi(client).users_me_retrieve)
    assert isinstance(ended, Problem)
    assert (ended.status, ended.code) == (401, ProblemCode.TOKEN_INVALID)


def problem_of(call: Callable[[], object]) -> object:
    try:
        call()
    except ApiException as error:
        return error.data
    raise AssertionError("the call succeeded")


if __name__ == "__main__":
    main(*sys.argv[1:])
