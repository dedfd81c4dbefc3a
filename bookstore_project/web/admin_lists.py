"""Lists of the Django admin that cost the same in a table of any size.

They use keyset pagination and orderings that have an index.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from django.contrib.admin.filters import DateFieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import Page, RowsFinder

from .admin_site import ModelT, RecordAdmin

# Counting stops after this many rows.
MAXIMUM_COUNT = 1_000

# The lookups in the links of Django's filters.
FILTER_LOOKUPS = {"exact", "gte", "lt", "isnull", "isempty"}


class KeysetChangeList(ChangeList):
    """A list with keyset pagination: every page costs as much as the first.

    Its parameter `p` is a cursor. The admin's `rows_finder` finds the rows.
    """

    model_admin: "KeysetAdmin[Any]"

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return one column with an index: the requested one, that of a date filter, or ours."""
        chosen = [
            f"{'-' if direction == 'desc' else ''}{self.get_ordering_field(self.list_display[at])}"
            for at, direction in self.get_ordering_field_columns().items()
        ]
        return [*chosen, *self._ranges(), *self.model_admin.get_ordering(request)][:1]

    def get_ordering_field_columns(self) -> dict[int, Literal["asc", "desc"]]:
        """Return the first requested column that is sortable."""
        asked = super().get_ordering_field_columns()
        columns = dict(enumerate(self.list_display))
        sortable = [at for at in asked if columns.get(at) in (self.sortable_by or ())]
        return {at: asked[at] for at in sortable[:1]}

    def get_results(self, request: HttpRequest) -> None:
        order = Order.of(self.queryset, tiebreaker="id")
        finder = self.model_admin.rows_finder(self.queryset)
        position = self._position(request, order)
        self.page = Page.of(finder, order=order, position=position, size=self.list_per_page)
        self.result_list = self.page.rows
        self.result_count, self.is_count_exact = self._count(finder)
        # Attributes that Django's templates read; next to the search box only the result count.
        is_told = self.query and self.is_count_exact
        self.full_result_count = None if is_told else self.result_count
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    @property
    def next_link(self) -> str | None:
        return self._link(is_backward=False) if self.page.has_next else None

    @property
    def previous_link(self) -> str | None:
        return self._link(is_backward=True) if self.page.has_previous else None

    def _ranges(self) -> list[str]:
        """Return the columns with a date filter, the latest values first.

        In another order, the matching rows could be far from the start of the scan.
        """
        return [
            f"-{spec.field_path}"
            for spec in self.filter_specs
            if isinstance(spec, DateFieldListFilter) and spec.used_parameters
        ]

    def _count(self, finder: RowsFinder) -> tuple[int, bool]:
        """Return a number of rows, and whether it is the exact total.

        Rows that match several conditions may be few among many, so they are not counted.
        """
        shown = len(self.page.rows)
        if not (self.page.has_next or self.page.has_previous):
            return shown, True
        narrowed = [self.query, *(spec.used_parameters for spec in self.filter_specs)]
        if sum(map(bool, narrowed)) > 1:
            return shown, False
        total = finder.count(MAXIMUM_COUNT + 1)
        return min(total, MAXIMUM_COUNT), total <= MAXIMUM_COUNT

    def _position(self, request: HttpRequest, order: Order) -> Position | None:
        cursor = request.GET.get(PAGE_VAR)
        if cursor is None:
            return None
        try:
            return Position.decode(cursor, model=self.model, order=order)
        except ValueError as error:
            raise IncorrectLookupParameters from error

    def _link(self, *, is_backward: bool) -> str:
        return self.get_query_string({PAGE_VAR: self.page.cursor(is_backward=is_backward)})


class KeysetAdmin(RecordAdmin[ModelT]):
    """An admin for large tables: its list runs only queries that an index can answer."""

    rows_finder: ClassVar[type[RowsFinder]] = RowsFinder
    sortable_by: ClassVar[tuple[str, ...]] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse lookups that no filter links to: they could scan the whole table."""
        filters: Sequence[Any] = self.get_list_filter(request)
        names = {item if isinstance(item, str) else item[0] for item in filters}
        name, _, kind = lookup.partition("__")
        return name in names and kind in FILTER_LOOKUPS
