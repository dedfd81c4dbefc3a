"""A list read as columns, and one whose serializer has a computed member."""

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIRequestFactory, force_authenticate

from accounts.models import User
from books.api.serializers import BookSerializer
from books.api.views import BookViewSet
from books.models import Book


class ShoutingSerializer(BookSerializer):
    """A book with a computed member."""

    loud = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ("id", "name", "loud")

    def get_loud(self, book: Book) -> str:
        return book.name.upper()


class ShoutingViewSet(BookViewSet):
    serializer_class = ShoutingSerializer


def listed(view_set: type[BookViewSet], user: User) -> list[dict[str, Any]]:
    request = APIRequestFactory().get("/api/v1/books")
    force_authenticate(request, user)
    response = view_set.as_view({"get": "list"})(request)
    assert response.status_code == 200
    results: list[dict[str, Any]] = response.data["results"]
    return results


@pytest.mark.django_db
def test_a_member_of_no_column_is_listed_with_the_others(ada: User) -> None:
    Book.objects.create(owner=ada, name="Emma", author="Jane Austen", publisher="John Murray")

    [plain], [shouting] = listed(BookViewSet, ada), listed(ShoutingViewSet, ada)

    assert shouting == {"id": plain["id"], "name": "Emma", "loud": "EMMA"}
