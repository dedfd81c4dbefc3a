"""Request bodies: their length is bounded, and they are not written to the disk."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.http import UnreadablePostError

from accounts.models import User
from books.models import Book
from bookstore_project.http.content_length import STRANGERS_MAXIMUM
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db

REGISTER = "/api/v1/auth/register"


def multipart(*parts: str) -> str:
    return "".join(f"--x\r\n{part}\r\n" for part in parts) + "--x--\r\n"


FILE = 'Content-Disposition: form-data; name="name"; filename="a.txt"\r\n\r\ncontents'
FIELD = 'Content-Disposition: form-data; name="password"\r\n\r\nviolet-Harbour-27'


@pytest.mark.parametrize("path", [REGISTER, "/register", "/healthz"])
@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity", ""])
def test_a_body_whose_end_is_not_known_is_411(path: str, coding: str) -> None:
    """A WSGI server that joins chunks says so (`wsgi.input_terminated`)."""
    extra: Any = {"wsgi.input_terminated": coding != "chunked"}
    response = ConformingClient().post(path, headers={"transfer-encoding": coding}, **extra)
    assert response.status_code == 411
    assert response.json()["code"] == "length_required"


class Trickle(BytesIO):
    """A stream that gives less than it is asked for, as a socket may."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0, "granian's stream takes no negative size"
        return super().read(min(size, 1_000))


def chunked(
    client: ConformingClient, path: str, body: bytes, content_type: str = "application/json"
) -> Any:
    """Send a body in chunks, as a server hands it over."""
    extra: Any = {
        "wsgi.input": Trickle(body),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": " Chunked",
    }
    return client.generic("POST", path, "", content_type=content_type, **extra)


@pytest.fixture
def as_ada(ada: User, client_of: Callable[[User], ConformingClient]) -> ConformingClient:
    return client_of(ada)


BOOKS = "/api/v1/books"
IMPORT = "/api/v1/books/import"


def book_of(size: int) -> bytes:
    """Return the JSON of a book with this many bytes."""
    book = b'{"name": "Emma", "author": "Jane Austen"}'
    return book[:-1] + b" " * (size - len(book)) + book[-1:]


def test_a_body_in_chunks_is_read(as_ada: ConformingClient) -> None:
    assert chunked(as_ada, BOOKS, book_of(100)).status_code == 201
    assert chunked(as_ada, BOOKS, b"").status_code == 400
    assert chunked(ConformingClient(), REGISTER, b"{}").status_code == 400


def test_a_long_body_in_chunks_is_read_up_to_the_bound(as_ada: ConformingClient) -> None:
    maximum = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert chunked(as_ada, BOOKS, book_of(maximum + 1)).status_code == 413
    assert not Book.objects.exists()
    assert chunked(as_ada, BOOKS, book_of(maximum)).status_code == 201


def test_a_repeated_key_is_known_of_chunks_too(as_ada: ConformingClient) -> None:
    as_ada.defaults["HTTP_IDEMPOTENCY_KEY"] = "one"
    body = book_of(100_000)
    first, again = chunked(as_ada, BOOKS, body), chunked(as_ada, BOOKS, body)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert chunked(as_ada, BOOKS, book_of(2_000_000)).status_code == 413


@pytest.mark.parametrize("path", [REGISTER, BOOKS, IMPORT, "/register"])
def test_a_strangers_chunks_are_not_read_past_their_bound(path: str) -> None:
    body = Trickle(b"{" + b" " * 1_000_000)
    extra: Any = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    response = ConformingClient().generic(
        "POST", path, "", headers={"transfer-encoding": "chunked"}, **extra
    )
    assert response.status_code == (413 if path in (REGISTER, "/register") else 401)
    assert body.tell() == STRANGERS_MAXIMUM + 1


def rows(number: int) -> bytes:
    return b"name,author\n" + b"".join(b"Book %d,Jane Austen\n" % row for row in range(number))


def test_a_file_in_chunks_is_imported_up_to_the_bound(
    as_ada: ConformingClient, settings: Any
) -> None:
    assert chunked(as_ada, IMPORT, rows(3), "text/csv").json()["created"] == 3
    assert chunked(as_ada, IMPORT, rows(1_500), "text/csv").json()["created"] == 1_497
    settings.IMPORT_MAX_BYTES = len(rows(1_500)) - 1
    response = chunked(as_ada, IMPORT, rows(1_500), "text/csv")
    assert response.status_code == 413
    # Far too long: not read to its end.
    response = chunked(as_ada, IMPORT, rows(1_500) * 10, "text/csv")
    assert response.status_code == 413


@pytest.mark.parametrize("size", [3, 1_500])
def test_a_table_in_chunks_that_may_be_cut_off_is_refused(
    as_ada: ConformingClient, size: int
) -> None:
    for cut in (1, 5):
        response = chunked(as_ada, IMPORT, rows(size)[:-cut], "text/csv")
        assert response.status_code == 400
        assert "line break" in response.json()["detail"]
    assert not Book.objects.exists()


def test_a_form_in_chunks_is_read_if_it_has_its_end(as_ada: ConformingClient) -> None:
    def form(file: bytes) -> bytes:
        field = b'Content-Disposition: form-data; name="file"; filename="a.csv"'
        return b"--x\r\n" + field + b"\r\n\r\n" + file + b"\r\n--x--\r\n"

    kind = "multipart/form-data; boundary=x"
    assert chunked(as_ada, IMPORT, form(rows(3)), kind).json()["created"] == 3
    assert chunked(as_ada, IMPORT, form(rows(1_500)), kind).json()["created"] == 1_497
    for whole in (form(b"name,author\nEmma,A"), form(rows(2_000) + b"Emma,A")):
        response = chunked(as_ada, IMPORT, whole[: -len("\r\n--x--\r\n")], kind)
        assert response.status_code == 400
    assert Book.objects.count() == 1_500


def test_a_body_with_both_is_read() -> None:
    response = ConformingClient().post(
        "/api/v1/auth/token",
        {"name": "nobody", "password": "wrong"},
        headers={"transfer-encoding": "identity"},
    )
    assert response.status_code == 401


def test_a_file_in_a_form_is_skipped_and_its_fields_are_read() -> None:
    response = ConformingClient().generic(
        "POST", REGISTER, multipart(FILE, FIELD), content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/name"]
    assert response.json()["errors"][0]["code"] == "required"


@pytest.mark.parametrize("path", ["/admin/login/", "/api/session/login/", "/account/register/"])
def test_a_form_that_is_too_large_is_refused_before_it_is_read(path: str) -> None:
    client = ConformingClient(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    filler = FILE + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    response = client.generic(
        "POST", path, multipart(filler), content_type="multipart/form-data; boundary=x"
    )
    assert response.status_code == 413


def test_a_client_that_hangs_up_is_no_server_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(*args: object) -> None:
        raise UnreadablePostError("connection reset")

    monkeypatch.setattr("bookstore_project.api.parsers.JSONParser.parse", hang_up)
    response = ConformingClient().post(REGISTER, {})
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


@pytest.mark.parametrize("path", [REGISTER, "/register"])
@pytest.mark.parametrize("number", ["1e99999999999999999999999", "-1e-99999999999999999999999"])
def test_a_number_beyond_all_range_is_400(path: str, number: str) -> None:
    response = ConformingClient().generic(
        "POST", path, f'{{"x": {number}}}', content_type="application/json"
    )
    assert response.status_code == 400
    assert "out of range" in response.content.decode()
