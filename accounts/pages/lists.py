"""Lists on pages: as many rows as fit a page, and a link to the older ones.

The pages go by the order of an index, as those of the API do (bookstore_project/paging), so that
none costs more than another.
"""

from abc import abstractmethod
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.views.generic.base import TemplateView

from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import Page, RowsFinder

from .signed_in import SignedInPage

SIZE = 25
# The name of the parameter with a cursor.
CURSOR = "after"


class ListPage(SignedInPage, TemplateView):
    """A page with the rows of `get_queryset()`, which has an order.

    Attributes:
        tiebreaker: a unique column behind the one of the order.
    """

    tiebreaker = "id"

    @abstractmethod
    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows of the list."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.get_queryset()
        order = Order.of(rows, tiebreaker=self.tiebreaker)
        position = self._position(order, rows)
        page = Page.of(RowsFinder(rows), order=order, position=position, size=SIZE)
        return super().get_context_data(
            rows=page.rows,
            is_first=position is None,
            older=page.cursor(is_backward=False) if page.has_next else None,
            **kwargs,
        )

    def _position(self, order: Order, rows: QuerySet[Any]) -> Position | None:
        """Return where the page begins. Raises Http404 for a cursor that is not ours."""
        cursor = self.request.GET.get(CURSOR)
        if cursor is None:
            return None
        try:
            return Position.decode(cursor, model=rows.model, order=order)
        except ValueError as error:
            raise Http404 from error
