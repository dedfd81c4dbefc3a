"""Impossible ids: the route `DELETE /books/<id>` matches any text."""

from collections.abc import Callable

import pytest

from accounts.models import User
from books.models import Book
from tests.client import ConformingClient

NO_IDS = {
    "a word": "middlemarch",
    "negative": "-1",
    "other digits": "\u0661",
    "beyond a bigint": "9223372036854775808",
    "beyond int()": "9" * 5000,
}


@pytest.mark.parametrize("book_id", NO_IDS.values(), ids=NO_IDS)
def test_an_id_that_no_book_can_have_is_404(
    ada: User,
    make_book: Callable[..., Book],
    client_of: Callable[[User], ConformingClient],
    book_id: str,
) -> None:
    book = make_book(ada)

    response = client_of(ada).delete(f"/books/{book_id}")

    assert response.status_code == 404
    assert response.json() == {"message": "book does not exist"}
    assert Book.objects.filter(pk=book.pk).exists()
