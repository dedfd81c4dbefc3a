"""The OpenAPI document and the two pages that show it."""

from functools import cache
from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)
from rest_framework.request import Request
from rest_framework.response import Response

# ReDoc makes its style sheets as it runs, and searches in a worker that it makes from a blob.
REDOC_POLICY = {"style-src": ["'unsafe-inline'"], "worker-src": ["blob:"]}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the document. It is the same for everyone, and making it takes most of a second."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


class DocumentView(SpectacularAPIView):
    """The OpenAPI document, as YAML or JSON."""

    def _get_schema_response(self, request: Request) -> Response:
        return Response(openapi_document())


class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI; its script is a request of its own, since our policy allows none inline."""

    title = "API documentation – Bookstore"


@method_decorator(csp_update(REDOC_POLICY), name="dispatch")
class RedocView(SpectacularRedocView):
    """ReDoc."""

    title = "API reference – Bookstore"
