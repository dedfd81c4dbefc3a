"""Book records in the Django admin."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localtime

from bookstore_project.admin_site import RecordAdmin

from .filters import IsbnFormField
from .models import Book
from .prices import PriceFormField
from .search.finder import findable


class BookForm(forms.ModelForm[Book]):
    price = PriceFormField(required=False)
    isbn = IsbnFormField(
        required=False,
        label="ISBN",
        help_text="ISBN-10 or -13, with or without hyphens; stored as 13 digits.",
    )

    class Meta:
        model = Book
        fields = (
            "owner",
            "name",
            "author",
            "publisher",
            "price",
            "isbn",
            "published_on",
        )


@admin.register(Book)
class BookAdmin(RecordAdmin[Book]):
    form = BookForm
    list_display = ("name", "author", "owner", "price", "published_on", "created")
    list_select_related = ("owner",)
    list_filter = ("created_at", "published_on", ("price", admin.EmptyFieldListFilter))
    date_hierarchy = "created_at"
    ordering = ("-id",)
    sortable_by = ("created",)
    search_fields = ("name", "author", "publisher", "isbn")
    search_help_text = "Words from the name, author, publisher or ISBN"
    autocomplete_fields = ("owner",)
    readonly_fields = ("created_at", "updated_at")

    # Counts beside the filters would read the whole table.
    show_facets = admin.ShowFacets.NEVER

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Book], search_term: str
    ) -> tuple[QuerySet[Book], bool]:
        """Find what `q` finds in the API."""
        return findable(queryset, search_term), False

    @admin.display(ordering="created_at")
    def created(self, book: Book) -> date:
        """Return the day alone: the time of day would not fit the list."""
        return localtime(book.created_at).date()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new book belongs to whoever enters it, unless they choose someone else."""
        return {
            "owner": request.user.pk,
            **super().get_changeform_initial_data(request),
        }
