"""Keyset pagination: page 25,000 costs as much as page 1, and inserts shift no rows.

A cursor contains the position of the row at the edge of a page, not an offset.
"""

from collections.abc import Collection, Mapping
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

from .keyset import Position, cursor_ordering
from .pages import Page, RowsFinder
from .pair_order import order_of

LINK = "Link"
# Names of the relations in the IANA registry of link relations.
RELATIONS = {"next": "next", "previous": "prev"}
# Characters. nginx has 4 KiB for all headers of a response, unless it is configured otherwise.
MAXIMUM_LINK = 2_000

FOREIGN_CURSOR = "Take the cursor from another page of this list, and give no other ordering."


class KeysetPagination(BasePagination):
    """`limit` rows a page (20, at most 100), `next` and `previous` links, `count` on request.

    The order is that of the view's queryset (see order_of). A view may set
    `pagination_tiebreaker` (a unique field other than `id`), `rows_finder` (a subclass that finds
    its rows faster), `page_columns` (columns to read instead of models), and `ordering_columns`
    (columns that its parameter `ordering` orders by; without the parameter, the rows come in the
    order of the cursor).
    """

    page_size: int = api_settings.PAGE_SIZE  # type: ignore[assignment]  # ours is set
    maximum_page_size = 100
    maximum_count = 10_000
    template = "rest_framework/pagination/previous_and_next.html"

    def paginate_queryset(  # type: ignore[override]  # a plain sequence has no keys
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.request = request
        queryset = self._in_order_of_cursor(queryset, getattr(view, "ordering_columns", ()))
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
        following = self._cursor(is_backward=False)
        links = {"next": self._link(following), "previous": self._previous_link()}
        body = {**links, "cursor": following, "results": data}
        if self.total is not None:
            body["count"] = min(self.total, self.maximum_count)
            body["count_is_exact"] = self.total <= self.maximum_count
        header = link_header(links)
        return Response(body, headers={LINK: header} if header else None)

    def to_html(self) -> str:
        following = self._link(self._cursor(is_backward=False))
        context = {"previous_url": self._previous_link(), "next_url": following}
        return loader.get_template(self.template).render(context)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "cursor", "results"],
            "properties": {
                "next": {**link, "description": "The next page, or null on the last."},
                "previous": {
                    **link,
                    "description": "The previous page, or null on the first.",
                },
                "cursor": {
                    "type": ["string", "null"],
                    "example": None,
                    "description": "The parameter `cursor` of the next page, or null on the last.",
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
                "description": "The start of the page. Copy it from the member `cursor` of the "
                "page before. It contains the order of its list: do not give another `ordering`.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "examples": ["eyJvIjoiaWQiLCJwIjpbMzFdfQ"],
                },
            },
            {
                "name": "count",
                "in": "query",
                "description": f"Also count the matching rows, up to {self.maximum_count}.",
                "schema": {"type": "boolean", "default": False},
            },
        ]

    def _in_order_of_cursor(
        self, queryset: QuerySet[Any], columns: Collection[str]
    ) -> QuerySet[Any]:
        """Return the rows in the order of the cursor, unless the request gives an `ordering`."""
        cursor = self.request.query_params.get("cursor")
        if cursor is None or not columns or self.request.query_params.get("ordering"):
            return queryset
        try:
            ordering = cursor_ordering(cursor)
        except ValueError:
            # _position() refuses the cursor.
            return queryset
        is_known = all(name.removeprefix("-") in columns for name in ordering)
        return queryset.order_by(*ordering) if is_known else queryset

    def _position(self, model: type[Model]) -> Position | None:
        cursor = self.request.query_params.get("cursor")
        if cursor is None:
            return None
        try:
            return Position.decode(cursor, model=model, order=self.order)
        except ValueError as error:
            raise InvalidParameters({"cursor": FOREIGN_CURSOR}, code="invalid_cursor") from error

    def _cursor(self, *, is_backward: bool) -> str | None:
        """Return the cursor of the next page, or of the previous one; None if there is none."""
        has_page = self.page.has_previous if is_backward else self.page.has_next
        return self.page.cursor(is_backward=is_backward) if has_page else None

    def _previous_link(self) -> str | None:
        return self._link(self._cursor(is_backward=True))

    def _link(self, cursor: str | None) -> str | None:
        """Return the address of this page with another cursor, formatted as DRF's paginators do."""
        if cursor is None:
            return None
        parameters = {**dict(self.request.query_params.lists()), "cursor": [cursor]}
        address = self.request.build_absolute_uri().partition("?")[0]
        return f"{address}?{urlencode(sorted(parameters.items()), doseq=True)}"


def link_header(links: Mapping[str, str | None]) -> str:
    """Return the value of Link for the pages beside this one (RFC 8288), or nothing.

    It repeats the query twice. Where that is longer than MAXIMUM_LINK, there is no header, because
    proxies and clients bound the headers of a response; the body always has the addresses.
    """
    found = ", ".join(f'<{url}>; rel="{RELATIONS[name]}"' for name, url in links.items() if url)
    return found if len(found) <= MAXIMUM_LINK else ""
