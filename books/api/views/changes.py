"""The view that lists what changed, for clients that keep a copy of the catalogue."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.tokens.authentication import authenticated_user
from books.api import examples
from books.api.feed_cursors import CursorExpired, decode, encode
from books.api.serializers import BookChangesSerializer
from books.models import Book
from books.services.feed import CursorExpiredError, feed_page
from bookstore_project.api.parameters import whole_number_parameter
from bookstore_project.api.views import CanonicalViewMixin

DEFAULT_LIMIT = 100
MAXIMUM_LIMIT = 1_000

SINCE = OpenApiParameter(
    "since",
    {"type": "string", "examples": ["eyJwIjoxMn0"]},
    description="The `cursor` of the answer before. Leave it out the first time, and after a 410.",
)
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT, "default": DEFAULT_LIMIT},
    description="The largest number of changes in the answer.",
)


@extend_schema(tags=["books"])
class BookChangesView(CanonicalViewMixin, GenericAPIView[Book]):
    """List what was created, changed and deleted since a cursor, in an order that loses nothing.

    Each entry has the latest state of a book. Without `since`, every book is listed first, as
    `created`, and then what changed meanwhile. Ask again with the `cursor` of the answer: at once
    while `has_more` is true, and later for what has happened since. Entries may come twice; store
    each under its `id`, also a `changed` book that you don't have.

    A cursor is accepted for 90 days, or for as long as the operator has chosen, and until the
    operator restores a backup. After that it is a 410.
    """

    serializer_class = BookChangesSerializer
    pagination_class = None
    query_parameters = dict.fromkeys(("GET", "HEAD", "OPTIONS"), (SINCE.name, LIMIT.name))

    @extend_schema(
        operation_id="books_changes_list",
        summary="List what changed",
        parameters=[SINCE, LIMIT],
        responses=BookChangesSerializer,
        examples=examples.CHANGES,
    )
    def get(self, request: Request) -> Response:
        since = request.query_params.get(SINCE.name)
        limit = whole_number_parameter(
            request, LIMIT.name, default=DEFAULT_LIMIT, maximum=MAXIMUM_LIMIT
        )
        try:
            page = feed_page(
                user=authenticated_user(request),
                since=None if since is None else decode(since),
                limit=limit,
            )
        except CursorExpiredError as error:
            raise CursorExpired from error
        body = {
            "results": page.results,
            "cursor": encode(page.cursor),
            "has_more": page.has_more,
        }
        return Response(self.get_serializer(body).data)
