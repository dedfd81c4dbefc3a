"""Books in the Django admin."""

from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.text import format_lazy, get_text_list
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.origins import Origin
from books.fields import FIELDS, MARKED, SEARCHED, Kind, Use, order_column, used
from books.models import Book, BookQuerySet
from books.search.finder import BookFinder
from books.search.lookups import unindexed
from books.services.books import book_update
from books.values.prices import price_text
from bookstore_project.errors import ConflictError, StaleError
from bookstore_project.http.preconditions import Precondition
from bookstore_project.paging.keyset import Order
from bookstore_project.web.admin_figures import Figure
from bookstore_project.web.admin_lists import PeriodListFilter

from .deletions import BookDeletionMixin
from .forms import BookForm, price_label
from .history import BookHistoryMixin
from .owners import OwnerListFilter, may_see_users, owner_named
from .scanner import ScannerMixin
from .transfer import BookTransferMixin

LISTED = used(Use.LISTED)
NARROWED = [field for field in FIELDS if Use.NARROWED in field.uses]
# Columns in place of fields that a method shows.
SHOWN_BY = {"price": "priced"}
# Kinds whose filter has a link for each period or value. Others are filtered by set and unset.
BY_VALUE = (Kind.DATE, Kind.BOOLEAN, Kind.CHOICE)
FILTERED = (*BY_VALUE, Kind.PERIOD)


def _searched_names() -> str:
    names = [str(field.column.verbose_name) for field in FIELDS if Use.SEARCHED in field.uses]
    return get_text_list(names)


SEARCH_HELP = format_lazy(
    _("Words from the {fields}, or the whole name of an owner"),
    fields=lazy(_searched_names, str)(),
)
NEWEST = Order(field="id", tiebreaker="id", is_descending=True)


@admin.register(Book)
class BookAdmin(ScannerMixin, BookHistoryMixin, BookDeletionMixin, BookTransferMixin):
    form = BookForm
    # The owner comes after the title and the author.
    list_display = (
        *LISTED[:2],
        "owner",
        *(SHOWN_BY.get(name, name) for name in LISTED[2:]),
        "created",
    )
    list_select_related = ("owner",)
    list_filter = (
        ("owner", OwnerListFilter),
        "created_at",
        *(field.name for field in NARROWED if field.kind in BY_VALUE),
        *((f.name, PeriodListFilter) for f in NARROWED if f.kind is Kind.PERIOD),
        *((f.name, admin.EmptyFieldListFilter) for f in NARROWED if f.kind not in FILTERED),
    )
    ordering = ("-id",)
    sortable_by = (
        *(SHOWN_BY.get(name, name) for name in used(Use.LISTED | Use.ORDERED)),
        "created",
    )
    rows_finder = BookFinder
    search_fields = SEARCHED
    search_help_text = SEARCH_HELP
    actions = ("export_selected", "delete_selected")
    autocomplete_fields = ("owner",)
    index_templates = ("admin/books/includes/scanner.html",)
    index_figures = (
        Figure(
            name="books",
            title=_("Books"),
            daily=_("Books added in the last 30 days"),
            rows=Book.objects.all,
            time="created_at",
        ),
    )
    readonly_fields = ("number", "version", "created_at", "updated_at")

    def get_fields(self, request: HttpRequest, obj: Book | None = None) -> Any:
        """Leave out of the form for a new book what it only gets by being stored."""
        fields = super().get_fields(request, obj)
        return fields if obj else [name for name in fields if name not in self.readonly_fields]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Book], search_term: str
    ) -> tuple[QuerySet[Book], bool]:
        """Find the same books as `q` in the API; if there are none, those of an owner."""
        found = cast("BookQuerySet", queryset).containing(search_term)
        owner = owner_named(search_term)
        if owner is None or BookFinder(found).first(NEWEST, None, 1):
            return found, False
        return queryset.filter(owner=owner.pk), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        owner = owner_named(request.GET.get("q", ""))
        return super().changelist_view(request, {"named_owner": owner, **(extra_context or {})})

    def order_column(self, name: str) -> str:
        return order_column(name)

    def get_sortable_by(self, request: HttpRequest) -> list[Any]:
        """Do not order search results by a text, where matches of one script may be far away."""
        found = bool(request.GET.get("q"))
        return [name for name in self.sortable_by if not (found and name in MARKED)]

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Book], *args: Any, **kwargs: Any
    ) -> Any:
        # The ticked books are few: check their text without its index.
        return super().response_action(request, unindexed(queryset), *args, **kwargs)

    @admin.display(description=_("number"))
    def number(self, book: Book) -> int:
        """Return the id, by which the API and the history name the book."""
        return book.pk

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, book: Book) -> date:
        """Return only the date, because the time of day would not fit into the list."""
        return localtime(book.created_at).date()

    @admin.display(description=lazy(price_label, str)(), ordering="price")
    def priced(self, book: Book) -> str | None:
        """Return the price with the decimals of the store's currency, in the user's language."""
        if book.price is None:
            return None
        fraction = price_text(book.price).partition(".")[2]
        return number_format(book.price, decimal_pos=len(fraction))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Suggest the current user as the owner of a new book."""
        suggested = {"owner": request.user.pk}
        given = super().get_changeform_initial_data(request)
        return {**suggested, **given} if may_see_users(request) else {**given, **suggested}

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Let editors see the owner and not choose one: the field searches in the accounts."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and not may_see_users(request):
            field.disabled, field.initial = True, request.user.pk
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (StaleError, ConflictError, Book.DoesNotExist):
            # The book changed after the form was validated. Validated again, the form says so.
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Book, form: Any, change: bool) -> None:
        """Store the changed fields, if the book still has the version that the form showed."""
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changes:
            opened = form.cleaned_data["opened_version"] is not None
            condition = Precondition.that_it_is(form.stored.etag) if opened else Precondition()
            origin = Origin.of(request)
            book_update(book=form.stored, origin=origin, condition=condition, **form.changes)
