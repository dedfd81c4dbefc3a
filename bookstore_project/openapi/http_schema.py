"""What clients of HTTP look for in the OpenAPI document: media types and headers."""

from typing import Any

from drf_spectacular.utils import Direction
from rest_framework.serializers import ListSerializer

from bookstore_project.api.parsers import JSONParser, MergePatchParser
from bookstore_project.api.views import ACCEPT_PATCH, PATCH, MergePatchMixin
from bookstore_project.http.preconditions import PAGE_IF_NONE_MATCH
from bookstore_project.http.request_id import HEADER as REQUEST_ID
from bookstore_project.paging.paginator import LINK
from bookstore_project.paging.tagged import TaggedListMixin

from .schema import LIMIT_HEADERS, ProblemAutoSchema


class HttpAutoSchema(ProblemAutoSchema):
    """Adds the merge patches of a view, and the links and tags of its pages."""

    def get_override_parameters(self) -> list[Any]:
        parameters = super().get_override_parameters()
        return [*parameters, PAGE_IF_NONE_MATCH] if self._is_tagged_list() else parameters

    def _get_request_body(self, direction: Direction = "request") -> Any:
        body = super()._get_request_body(direction)
        if body and self._takes_patches():
            body["content"][MergePatchParser.media_type] = body["content"][JSONParser.media_type]
        return body

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self._takes_patches():
            bodies["415"]["headers"] |= _references(ACCEPT_PATCH)
        if self._is_paged_list():
            bodies["200"]["headers"] |= _references(LINK)
        if self._is_tagged_list():
            tag = {"ETag": {"$ref": "#/components/headers/PageETag"}}
            bodies["200"]["headers"] |= tag
            bodies["304"] = {
                "description": "Not Modified",
                "headers": _references(REQUEST_ID, *(LIMIT_HEADERS if "429" in bodies else ()))
                | tag,
            }
        return dict(sorted(bodies.items()))

    def _map_serializer_field(
        self, field: Any, direction: Direction, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        """Add the bounds of a list of objects, which drf-spectacular leaves out."""
        schema: dict[str, Any] = super()._map_serializer_field(  # type: ignore[no-untyped-call]  # untyped there
            field, direction, bypass_extensions
        )
        maximum = getattr(field, "max_length", None)
        if isinstance(field, ListSerializer) and maximum is not None:
            schema |= {"minItems": 0 if field.allow_empty else 1, "maxItems": maximum}
        return schema

    def _takes_patches(self) -> bool:
        return self.method == PATCH and isinstance(self.view, MergePatchMixin)

    def _is_paged_list(self) -> bool:
        return self._is_list_view() and self._get_paginator() is not None  # type: ignore[no-untyped-call]  # untyped there

    def _is_tagged_list(self) -> bool:
        return isinstance(self.view, TaggedListMixin) and self._is_list_view()


def _references(*headers: str) -> dict[str, Any]:
    return {header: {"$ref": f"#/components/headers/{header}"} for header in headers}
