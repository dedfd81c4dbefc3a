"""All rows in one array: in one piece if they are few, and streamed if they are many."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer, SerializerMethodField

from accounts.models import User
from accounts.tokens.classes import AccessToken
from books.models import Book
from bookstore_project.flask_compat import book_array as streams
from bookstore_project.flask_compat.book_array import array_response
from bookstore_project.flask_compat.serializers import BookListSerializer, TutorialBookSerializer
from tests.client import ConformingClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(ada: User, monkeypatch: pytest.MonkeyPatch) -> ConformingClient:
    monkeypatch.setattr(streams, "BATCH", 4)
    return ConformingClient(HTTP_X_ACCESS_TOKENS=str(AccessToken.for_user(ada)))


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5, 8, 9, 13])
def test_the_array_is_the_same_to_the_byte_however_it_is_sent(
    client: ConformingClient,
    ada: User,
    bob: User,
    make_book: Callable[..., Book],
    number: int,
) -> None:
    make_book(bob)
    for each in range(number):
        make_book(ada, name=f"\u2028{each}", price=None if each % 3 == 0 else each / 2)

    response: Any = client.get("/books")

    books = Book.objects.filter(owner=ada).order_by("pk")
    expected = JSONRenderer().render(BookListSerializer({"list_of_books": books}).data)
    is_stream = isinstance(response, StreamingHttpResponse)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert is_stream == (number >= 4)
    assert (response.getvalue() if is_stream else response.content) == expected


@pytest.mark.usefixtures("client")
def test_rows_of_any_query_are_sent(ada: User, bob: User, make_book: Callable[..., Book]) -> None:
    """A query whose SQL depends on its values is compiled each time."""
    for number in range(9):
        make_book((ada, bob)[number % 2], name=f"Book {number}")
    books = Book.objects.filter(owner__name="ada")

    response: Any = array_response(
        cast("Any", SimpleNamespace(user=ada)), "books", books, TutorialBookSerializer
    )

    expected = JSONRenderer().render({"books": TutorialBookSerializer(books, many=True).data})
    assert response.getvalue() == expected


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("number", [0, 3, 4, 9])
def test_records_that_are_not_of_columns_are_sent_too(
    ada: User, make_book: Callable[..., Book], number: int
) -> None:
    class NamedSerializer(ModelSerializer[Book]):
        shout = SerializerMethodField()

        class Meta:
            model = Book
            fields = ("shout",)

        def get_shout(self, book: Book) -> str:
            return book.name.upper()

    for each in range(number):
        make_book(ada, name=f"Book {each}")
    request: Any = SimpleNamespace(user=ada)
    response: Any = array_response(request, "books", Book.objects.all(), NamedSerializer)
    books = [{"shout": f"BOOK {each}"} for each in range(number)]
    sent = orjson.loads(response.getvalue()) if response.streaming else response.data
    assert sent == {"books": books}
