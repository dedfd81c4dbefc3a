"""Texts are translated for pages only: a successful API request calls no gettext."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from books.models import Book, BookChange
from tests.client import ConformingClient

BOOK = {"name": "Emma", "author": "Jane Austen", "publisher": "John Murray"}


@pytest.mark.django_db
@pytest.mark.parametrize("is_fast", [True, False])
def test_a_successful_request_translates_nothing(
    ada: User,
    client_of: Callable[[User], ConformingClient],
    translated: list[str],
    settings: Any,
    is_fast: bool,
) -> None:
    settings.FAST_PATH = is_fast
    client = client_of(ada)
    for _ in range(2):
        translated.clear()
        created = client.post("/api/v1/books", BOOK)
        assert created.status_code == 201
        book = f"/api/v1/books/{created.json()['id']}"
        statuses = [
            client.patch(book, {"price": "9.99"}).status_code,
            client.get(book).status_code,
            client.get("/api/v1/books?q=emma&ordering=name&price_min=1").status_code,
            client.get("/api/v1/books/export").status_code,
            client.get(f"{book}/history").status_code,
            client.post(f"{book}/restore", {}).status_code,
            client.delete(book).status_code,
            client.get("/api/v1/books/deleted").status_code,
        ]
        assert statuses == [200, 200, 200, 200, 200, 200, 204, 200]
    # In plain mode, the form of the filters looks up the colon after a label.
    assert translated == ([] if is_fast else [":"])


def test_a_text_of_a_page_is_translated(translated: list[str]) -> None:
    assert str(Book._meta.verbose_name) == "book"
    assert str(BookChange._meta.get_field("kind").verbose_name) == "change"
    assert translated == ["book", "change"]
