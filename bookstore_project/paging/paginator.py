"""Keyset pagination: page 25,000 costs as much as page 1, and inserts shift no rows.

A cursor contains the position of the row at the edge of a page, not an offset.
"""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from bookstore_project.api.errors import InvalidParameters
from bookstore_project.api.parameters import boolean_parameter, whole_number_parameter

from .keyset import Position
from .pages import Page, RowsFinder
from .pair_order import order_of


class KeysetPagination(BasePagination):
    """`limit` rows a page (20, at most 100), `next` and `previous` links, `count` on request.

    The order is that of the view's queryset (see order_of). A view may set
    `pagination_tiebreaker` (a unique field other than `id`), `rows_finder` (a subclass that finds
    its rows faster), and `page_columns` (columns to read instead of models).
    """

    page_size: int = api_settings.PAGE_SIZE  # type: ignore[assignment]  # ours is set
    maximum_page_size = 100
    maximum_count = 10_000
    template = "rest_framework/pagination/previous_and_next.html"

    def paginate_queryset(  # type: ignore[override]  # a plain sequence has no keys
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.request = request
        self.order = order_of(queryset, tiebreaker=getattr(view, "pagination_tiebreaker", "id"))
        limit = whole_number_parameter(
            request, "limit", default=self.page_size, maximum=self.maximum_page_size
        )
        position = self._position(queryset.model)
        finder_class = getattr(view, "rows_finder", RowsFinder)
        columns = getattr(view, "page_columns", None)
        finder = finder_class(queryset, columns and columns.beside(self.order.fields))
        self.total = (
            finder.count(self.maximum_count + 1) if boolean_parameter(request, "count") else None
        )

        self.page = Page.of(finder, order=self.order, position=position, size=limit)
        self.display_page_controls = self.page.has_next or self.page.has_previous
        if columns is None or finder.columns is columns:
            return self.page.rows
        # Without the values that only the order needs.
        return [row[: len(columns.lookups)] for row in self.page.rows]

    def get_paginated_response(self, data: Any) -> Response:
        body = {
            "next": self._next_link(),
            "previous": self._previous_link(),
            "results": data,
        }
        if self.total is not None:
            body["count"] = min(self.total, self.maximum_count)
            body["count_is_exact"] = self.total <= self.maximum_count
        return Response(body)

    def to_html(self) -> str:
        context = {"previous_url": self._previous_link(), "next_url": self._next_link()}
        return loader.get_template(self.template).render(context)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "The next page, or null on the last."},
                "previous": {
                    **link,
                    "description": "The previous page, or null on the first.",
                },
                "results": schema,
                "count": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": self.maximum_count,
                    "example": 1,
                    "description": "The number of matching rows, up to "
                    f"{self.maximum_count}. Only with `count=true`.",
                },
                "count_is_exact": {
                    "type": "boolean",
                    "example": True,
                    "description": f"False if more than {self.maximum_count} rows match: counting "
                    "stops there.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "The number of rows on a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.maximum_page_size,
                    "default": self.page_size,
                },
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "The start of the page. Copy it from `next` or `previous`.",
                "schema": {"type": "string"},
            },
            {
                "name": "count",
                "in": "query",
                "description": f"Also count the matching rows, up to {self.maximum_count}.",
                "schema": {"type": "boolean", "default": False},
            },
        ]

    def _position(self, model: type[Model]) -> Position | None:
        cursor = self.request.query_params.get("cursor")
        if cursor is None:
            return None
        try:
            return Position.decode(cursor, model=model, order=self.order)
        except ValueError as error:
            raise InvalidParameters(
                {"cursor": "Take the cursor from `next` or `previous`, with the same ordering."},
                code="invalid_cursor",
            ) from error

    def _next_link(self) -> str | None:
        return self._link(is_backward=False) if self.page.has_next else None

    def _previous_link(self) -> str | None:
        return self._link(is_backward=True) if self.page.has_previous else None

    def _link(self, *, is_backward: bool) -> str:
        """Return the address of this page with another cursor, formatted as DRF's paginators do."""
        cursor = self.page.cursor(is_backward=is_backward)
        parameters = dict(self.request.query_params.lists())
        parameters.pop("cursor", None)
        if cursor is not None:
            parameters["cursor"] = [cursor]
        address = self.request.build_absolute_uri().partition("?")[0]
        query = urlencode(sorted(parameters.items()), doseq=True)
        return f"{address}?{query}" if query else address
