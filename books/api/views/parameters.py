"""What the routes of books take and give besides bodies, for the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from books.api.serializers import StaleProblemSerializer
from bookstore_project.http.problems import CONTENT_TYPE

ID = OpenApiParameter(
    "id", OpenApiTypes.INT64, OpenApiParameter.PATH, description="The number of the record."
)
ETAG = OpenApiParameter(
    "ETag",
    {"type": "string", "pattern": '^"[0-9]+-[0-9]+"$'},
    OpenApiParameter.HEADER,
    required=True,
    description="Names this version of the record; for If-Match and If-None-Match.",
    response=[200, 201, 304, 412],
)
# Of an answer that may be about a deleted book.
ETAG_IF_ANY = OpenApiParameter(
    ETAG.name,
    ETAG.type,
    OpenApiParameter.HEADER,
    description="Names this version of the record; a deleted one has none.",
    response=[200, 412],
)
STALE: dict[Any, Any] = {(412, CONTENT_TYPE): StaleProblemSerializer}
