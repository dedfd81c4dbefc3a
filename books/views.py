"""The canonical API of books."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from accounts.authentication import authenticated_user
from bookstore_project.known_parameters import KnownParametersMixin

from . import examples
from .filters import BookFilter
from .models import Book
from .permissions import MayEditBook
from .search.finder import BookFinder
from .serializers import BookSerializer

ID = OpenApiParameter(
    "id", OpenApiTypes.INT64, OpenApiParameter.PATH, description="The number of the record."
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    required=True,
    description="The new book's address.",
    response=[201],
)


@extend_schema_view(
    list=extend_schema(
        summary="List books",
        description="The whole catalogue, a page at a time; parameters narrow it down together.",
        examples=examples.LIST,
    ),
    create=extend_schema(
        summary="Add a book of yours",
        description="You own it. The same name by the same author stands once among your books.",
        parameters=[LOCATION],
        examples=examples.CREATE,
    ),
    retrieve=extend_schema(
        summary="Show a book",
        description="Anybody's book.",
        parameters=[ID],
        examples=examples.SHOW,
    ),
    update=extend_schema(
        summary="Replace a book",
        description="For the owner or an admin. Optional members left out stay as they are.",
        parameters=[ID],
        examples=examples.REPLACE,
    ),
    partial_update=extend_schema(
        summary="Change a book",
        description="For the owner or an admin. Members left out stay as they are.",
        parameters=[ID],
        examples=examples.CHANGE,
    ),
    destroy=extend_schema(
        summary="Delete a book",
        description="For the owner or an admin. It is gone for good.",
        parameters=[ID],
        examples=examples.DELETE,
    ),
)
@extend_schema(tags=["books"])
class BookViewSet(KnownParametersMixin, ModelViewSet[Book]):
    """The catalogue. Every registered user reads it; the owner or an admin changes a book."""

    serializer_class = BookSerializer
    permission_classes = (IsAuthenticated, MayEditBook)
    filterset_class = BookFilter
    rows_finder = BookFinder
    lookup_value_regex = "[0-9]{1,19}"

    def get_queryset(self) -> QuerySet[Book]:
        if getattr(self, "swagger_fake_view", False):
            return Book.objects.none()
        return Book.objects.visible_to(authenticated_user(self.request)).select_related("owner")

    def perform_create(self, serializer: BaseSerializer[Book]) -> None:
        serializer.save(owner=self.request.user)

    def perform_update(self, serializer: BaseSerializer[Book]) -> None:
        try:
            serializer.save()
        except Book.DoesNotExist as error:
            raise NotFound from error

    def get_success_headers(self, data: Any) -> dict[str, str]:
        """Return the new book's address (RFC 9110 section 10.2.2)."""
        return {"Location": reverse("book-detail", kwargs={"pk": data["id"]}, request=self.request)}
