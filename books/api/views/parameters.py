"""Parameters and headers of the routes of books, for the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from books.api.serializers import StaleProblemSerializer
from bookstore_project.http.problems import CONTENT_TYPE

ID = OpenApiParameter(
    "id",
    {"type": "integer", "format": "int64", "examples": [31]},
    OpenApiParameter.PATH,
    description="The id of the book.",
)
ETAG = OpenApiParameter(
    "ETag",
    {"type": "string", "pattern": '^"[0-9]+-[0-9]+"$'},
    OpenApiParameter.HEADER,
    required=True,
    description="Identifies this version of the book, for If-Match and If-None-Match.",
    response=[200, 201, 304, 412],
)
# For answers that may be about a deleted book, or about none.
ETAG_IF_ANY = OpenApiParameter(
    ETAG.name,
    ETAG.type,
    OpenApiParameter.HEADER,
    description="Identifies this version of the book. A deleted book has none.",
    response=[200, 201, 412],
)
LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    required=True,
    description="The URL of the new book.",
    response=[201],
)
STALE: dict[Any, Any] = {(412, CONTENT_TYPE): StaleProblemSerializer}
