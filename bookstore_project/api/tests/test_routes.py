"""A path of the canonical API answers the same with and without its trailing slash."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuthEvent, LoginSession, User
from books.models import Book
from tests.client import ConformingClient
from tests.openapi import strict_document
from tests.tools import require_module

NOBODY = "00000000-0000-4000-8000-000000000000"
UNKNOWN = {"id": "999999", "public_id": NOBODY, "sid": NOBODY, "isbn": "9780141439549"}


@pytest.fixture
def clock() -> Iterator[None]:
    """A clock that stands: a signed cursor has the second in which it was made."""
    with require_module("time_machine").travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("clock")
def test_every_documented_operation_answers_the_same_with_a_slash(
    boss: User, client_of: Callable[[User], ConformingClient], make_book: Callable[..., Book]
) -> None:
    known = {"id": str(make_book(boss).pk), "public_id": str(boss.public_id)}

    for template, operations in _canonical_paths().items():
        for method in operations:
            # Unsafe methods are sent without a body, to rows that do not exist.
            path = template.format(**(known if method == "get" else UNKNOWN))
            # The link to a second page would contain the requested path.
            LoginSession.objects.all().delete()
            client = client_of(boss)
            AuthEvent.objects.all().delete()
            without = _send(client, method, path)
            if method != "get":
                # The request may have ended its own session, or all older ones.
                boss.refresh_from_db()
                client = client_of(boss)
            with_slash = _send(client, method, f"{path}/")
            boss.refresh_from_db()

            assert without == with_slash, f"{method} {path}"


def test_a_slash_creates_and_deletes_as_well(
    ada: User, client_of: Callable[[User], ConformingClient]
) -> None:
    client = client_of(ada)

    created = client.post("/api/v1/books/", {"name": "a", "author": "b", "publisher": "c"})
    assert created.status_code == 201
    book = Book.objects.get()
    # Links are written without a slash, also if the request had one.
    assert created.headers["Location"] == f"http://testserver/api/v1/books/{book.pk}"

    assert client.delete(f"/api/v1/books/{book.pk}/").status_code == 204
    assert not Book.objects.exists()


def test_no_documented_path_ends_in_a_slash() -> None:
    paths = _canonical_paths()

    assert len(paths) >= 9
    assert not [path for path in paths if path.endswith("/")]


def _canonical_paths() -> dict[str, list[str]]:
    methods = {"get", "post", "put", "patch", "delete"}
    return {
        path: sorted(methods & set(operations))
        for path, operations in strict_document()["paths"].items()
        if path.startswith("/api/v1")
    }


def _send(client: ConformingClient, method: str, path: str) -> tuple[int, str, Any]:
    response = client.generic(method.upper(), path, HTTP_X_REQUEST_ID="the-same")
    kind, content = response.headers.get("Content-Type", ""), response.getvalue()
    if kind == "application/zip":
        # The export of an account has the time of itself.
        content = content[:2]
    # Each answer has a challenge of its own.
    content = re.sub(rb'"challenge":"[^"]+"', b"", content)
    return response.status_code, kind, content
