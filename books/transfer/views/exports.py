"""The canonical route that exports a list of books as a file."""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from itertools import chain

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from accounts.tokens.authentication import authenticated_user
from books.api.filters import BookFilter
from books.api.slow_lists import SlowListLimitMixin
from books.models import Book
from books.transfer import examples
from books.transfer.export import export
from books.transfer.formats import CSV, FORMATS, Format
from bookstore_project.api.parameters import boolean_parameter, invalid_parameter
from bookstore_project.api.views import CanonicalViewMixin
from bookstore_project.http.streams import streamed

FORMAT = OpenApiParameter(
    "format",
    {"type": "string", "enum": list(FORMATS), "default": CSV.name},
    description="The format of the file.",
)
BOM = OpenApiParameter(
    "bom",
    {"type": "boolean", "default": False},
    description="Begin a CSV file with a byte order mark (U+FEFF). Spreadsheets that open the file "
    "by a double click take it for UTF-8 only with that mark.",
)
DISPOSITION = OpenApiParameter(
    "Content-Disposition",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="Names the file.",
    response=[200],
)


class FileNegotiation(DefaultContentNegotiation):
    """Renders errors as JSON or a page. Only the parameter `format` chooses the file format."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        accepted = self.get_accept_list(request)
        first, *others = renderers
        chosen = next((each for each in others if each.media_type in accepted), first)
        return chosen, chosen.media_type


@extend_schema(tags=["books"])
class BookExportView(SlowListLimitMixin, CanonicalViewMixin, GenericAPIView[Book]):
    """All books of the list with the same parameters, as a file.

    The file is sent while it is read. If the server fails midway, the file ends in an invalid row:
    an opening quote without a closing one, which no reader of CSV or JSON accepts.
    """

    filterset_class = BookFilter
    pagination_class = None
    content_negotiation_class = FileNegotiation
    query_parameters = dict.fromkeys(
        ("GET", "HEAD", "OPTIONS"), (FORMAT.name, BOM.name, *BookFilter.base_filters)
    )

    def get_queryset(self) -> QuerySet[Book]:
        if getattr(self, "swagger_fake_view", False):
            return Book.objects.none()
        return Book.objects.visible_to(authenticated_user(self.request))

    @extend_schema(
        summary="Download books as a file",
        filters=True,
        parameters=[FORMAT, BOM, DISPOSITION],
        responses={(200, kind.media_type): OpenApiTypes.STR for kind in FORMATS.values()},
        examples=examples.EXPORT,
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        kind, mark = _format(request), _mark(request)
        books = self.filter_queryset(self.get_queryset())

        def parts() -> Iterator[bytes]:
            if request.method != "GET":
                return iter(())
            return chain(mark, export(books, kind=kind, charge=self.charge))

        response = streamed(request, parts)
        response["Content-Type"] = kind.content_type
        response["Content-Disposition"] = f'attachment; filename="books.{kind.name}"'
        return response


def _format(request: Request) -> Format:
    """Return the requested format. Raises InvalidParameters."""
    name = request.query_params.get(FORMAT.name, CSV.name)
    if name not in FORMATS:
        raise invalid_parameter(FORMAT.name, f"Give one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def _mark(request: Request) -> tuple[bytes, ...]:
    """Return the byte order mark, if one is requested. Raises InvalidParameters.

    JSON begins with none (RFC 8259 section 8.1).
    """
    if not boolean_parameter(request, BOM.name):
        return ()
    if _format(request) is not CSV:
        raise invalid_parameter(BOM.name, f"Only {CSV.name} has a byte order mark.")
    return (BOM_UTF8,)
