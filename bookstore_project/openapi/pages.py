"""The OpenAPI document and the two pages that show it."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from bookstore_project.http.languages import declare_language, in_language_of

# ReDoc creates style sheets at run time, and its search runs in a worker created from a blob.
REDOC_POLICY = {"style-src": ["'unsafe-inline'"], "worker-src": ["blob:"]}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the document. It is the same for everybody, and building it takes most of a second."""
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """Content rendered once in each process, with its strong ETag (RFC 9110 section 8.8.3).

    Rendering the document as YAML takes up to a second, and anybody may request it.
    """

    content: bytes
    content_type: str
    etag: str

    @classmethod
    def of(cls, content: bytes, *, content_type: str) -> "Rendered":
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        return cls(content=content, content_type=content_type, etag=etag)

    def response(self, request: HttpRequest) -> HttpResponse:
        """Return 200, or 304 if the client already has the content."""
        answer = HttpResponse(self.content, content_type=self.content_type)
        answer["ETag"] = self.etag
        known = get_conditional_response(request, etag=self.etag, response=answer)
        return answer if known is None else known


class DocumentView(SpectacularAPIView):
    """The OpenAPI document, as YAML or JSON.

    It is rendered once for each media type, and depends on nothing else in a request.
    """

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer_class: Any = type(request.accepted_renderer)
        return _rendered_document(renderer_class).response(request)


@cache
def _rendered_document(renderer_class: Any) -> Rendered:
    renderer = renderer_class()
    charset = f"; charset={renderer.charset}" if renderer.charset else ""
    return Rendered.of(
        renderer.render(openapi_document(), renderer.media_type, {}),
        content_type=f"{renderer.media_type}{charset}",
    )


class DocumentationPage(APIView):
    """A page that shows the document, with the header of all pages.

    The header depends on the visitor, so the page is rendered for each request. The document and
    the scripts are requests of their own, and stay in the browser's cache.
    """

    template_name: str
    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (TemplateHTMLRenderer,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        # Without authentication classes, `request.user` ignores the browser's session.
        context = {"user": get_user(request)}
        with in_language_of(request):
            page = render_to_string(self.template_name, context, request)
            response = HttpResponse(page)
            declare_language(response)
            return response


class SwaggerView(DocumentationPage):
    """Swagger UI."""

    template_name = "documentation/swagger.html"


@method_decorator(csp_update(REDOC_POLICY), name="dispatch")
class RedocView(DocumentationPage):
    """ReDoc."""

    template_name = "documentation/redoc.html"
