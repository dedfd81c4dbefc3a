"""The OpenAPI document and the two pages that show it."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)
from rest_framework.request import Request
from rest_framework.views import APIView

# ReDoc creates style sheets at run time, and its search runs in a worker created from a blob.
REDOC_POLICY = {"style-src": ["'unsafe-inline'"], "worker-src": ["blob:"]}

# Placeholder in the script of Swagger UI for the CSRF token, which differs for each request.
CSRF_TOKEN = "CSRF-TOKEN-OF-THE-REQUEST"  # noqa: S105  # no secret


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


class RenderedOnceMixin(APIView):
    """A page of the documentation, rendered once, independent of the request."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        view_class: Any = type(self)
        return _rendered_page(view_class, is_script=False).response(request)


@cache
def _rendered_page(view_class: Any, *, is_script: bool) -> Rendered:
    """Return the page, or the script of Swagger UI with CSRF_TOKEN in place of the token."""
    view = view_class()
    # drf-spectacular would read these from the request.
    view.url, view.url_self = reverse("schema"), reverse("docs")
    plain = HttpRequest()
    plain.GET = QueryDict("script=" if is_script else "")
    answer = super(RenderedOnceMixin, view).get(plain)
    context = {**answer.data, "csrf_token": CSRF_TOKEN}
    return Rendered.of(
        render_to_string(answer.template_name, context).encode(),
        content_type=answer.content_type or "text/html; charset=utf-8",
    )


class SwaggerView(RenderedOnceMixin, SpectacularSwaggerSplitView):
    """Swagger UI; its script is a request of its own, since our policy allows none inline."""

    title = "API documentation – Bookstore"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if "script" not in request.query_params:
            return super().get(request)
        view_class: Any = type(self)
        script = _rendered_page(view_class, is_script=True)
        # Swagger UI sends the token with the requests that are tried out.
        content = script.content.replace(CSRF_TOKEN.encode(), get_token(request).encode())
        return HttpResponse(content, content_type=script.content_type)


@method_decorator(csp_update(REDOC_POLICY), name="dispatch")
class RedocView(RenderedOnceMixin, SpectacularRedocView):
    """ReDoc."""

    title = "API reference – Bookstore"
