"""The record of what happened to books, in the Django admin: to be read, and undone."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.restoring import book_bring_back
from bookstore_project.errors import ConflictError
from bookstore_project.web.admin_lists import KeysetAdmin

# Of a book's number: no database has a larger one.
MAXIMUM_DIGITS = 18


@admin.register(BookChange)
class BookChangeAdmin(KeysetAdmin[BookChange]):
    """Nobody adds, changes or deletes a record here; deleted books are brought back."""

    ordering = ("-id",)
    list_display = ("at", "kind", "title", "book_id", "version", "owner", "actor_name")
    list_select_related = ("owner",)
    list_filter = ("kind",)
    # What there is to search is decided below: a whole number, which has an index.
    search_fields = ("book_id",)
    search_help_text = "The number of a book"
    actions = ("bring_back",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BookChange], search_term: str
    ) -> tuple[QuerySet[BookChange], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        is_number = term.isascii() and term.isdecimal() and len(term) <= MAXIMUM_DIGITS
        return (queryset.filter(book_id=int(term)) if is_number else queryset.none()), False

    @admin.action(description="Bring the deleted books back", permissions=["restore"])
    def bring_back(self, request: HttpRequest, changes: QuerySet[BookChange]) -> None:
        """Store again each chosen book that is deleted, as it was last."""
        numbers = sorted(set(changes.values_list("book_id", flat=True)))
        for number in numbers:
            self._bring_back(request, number)

    def _bring_back(self, request: HttpRequest, number: int) -> None:
        last = BookChange.objects.of_book(number).order_by("-version").first()
        if last is None or last.kind != ChangeKind.DELETED:
            return self.message_user(request, f"Book {number} is not deleted.", messages.WARNING)
        try:
            book = book_bring_back(deletion=last, origin=Origin.of(request))
        except ConflictError as error:
            return self.message_user(request, f"{last.title}: {error}", messages.ERROR)
        return self.message_user(request, f"Brought back {book}.", messages.SUCCESS)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return admin.site.get_model_admin(Book).has_change_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
