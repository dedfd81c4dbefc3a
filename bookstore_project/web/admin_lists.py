"""Lists of the Django admin that cost the same in a table of any size.

They use keyset pagination and orderings that have an index.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from django.contrib.admin.filters import DateFieldListFilter, FieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from bookstore_project.paging.keyset import Order, Position
from bookstore_project.paging.pages import Page, RowsFinder

from .admin_site import ModelT, RecordAdmin

# Counting stops after this many rows.
MAXIMUM_COUNT = 1_000

# The lookups in the links of Django's filters; without one, the column itself.
FILTER_LOOKUPS = {"", "exact", "gte", "lt", "isnull", "isempty"}


class PeriodListFilter(FieldListFilter):
    """Filters a column of years, months and days: books/values/publication.py.

    Such texts are compared by code points, so that a bound may be a year.
    """

    def __init__(self, field: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        path = kwargs.get("field_path", args[-1])
        self.since, self.until = f"{path}__gte", f"{path}__lt"
        self.unset = f"{path}__isnull"
        super().__init__(field, request, *args, **kwargs)
        this = localdate().year
        decade = this // 10 * 10
        self.links: list[tuple[Any, dict[str, str]]] = [
            (_("Any date"), {}),
            (_("This year"), self._years(this, this + 1)),
            (_("Last year"), self._years(this - 1, this)),
            *(
                (f"{start}–{start + 9}", self._years(start, start + 10))
                for start in (decade, decade - 10, decade - 20)
            ),
            (_("Earlier"), {self.until: f"{decade - 20:04}"}),
            (_("No date"), {self.unset: "True"}),
            (_("Has date"), {self.unset: "False"}),
        ]

    def expected_parameters(self) -> list[str | None]:
        return [self.since, self.until, self.unset]

    def choices(self, changelist: Any) -> Iterator[Any]:
        used: dict[str, Any] = self.used_parameters
        given = {name: values[-1] for name, values in used.items()}
        for title, parameters in self.links:
            yield {
                "selected": given == parameters,
                "query_string": changelist.get_query_string(parameters, self.expected_parameters()),
                "display": title,
            }

    def _years(self, first: int, behind: int) -> dict[str, str]:
        return {self.since: f"{first:04}", self.until: f"{behind:04}"}


# Filters whose matches are next to one another in the order of their column.
RANGES = (DateFieldListFilter, PeriodListFilter)


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
        names = [*chosen, *self._ranges(), *self.model_admin.get_ordering(request)][:1]
        return [self.model_admin.order_column(name) for name in names]

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
            if isinstance(spec, RANGES) and spec.used_parameters
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

    def order_column(self, name: str) -> str:
        """Return the column that orders by a field; either may begin with `-`."""
        return name

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse lookups that no filter links to: they could scan the whole table."""
        filters: Sequence[Any] = self.get_list_filter(request)
        names = {item if isinstance(item, str) else item[0] for item in filters}
        name, _, kind = lookup.partition("__")
        return name in names and kind in FILTER_LOOKUPS


class ReadOnlyAdmin(KeysetAdmin[ModelT]):
    """A list of rows that nobody, not even a superuser, adds, changes or deletes in the admin."""

    change_form_template = "admin/read_only_form.html"

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Rows that nobody changes have no history."""
        raise Http404

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
