"""The history of books in the Django admin, where deleted books can be restored."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.origins import Origin
from books.models import Book, BookChange, ChangeKind
from books.services.restoring import book_bring_back
from bookstore_project.errors import ConflictError
from bookstore_project.web.admin_lists import ReadOnlyAdmin

# Digits of a book's id: the databases have no longer ids.
MAXIMUM_DIGITS = 18


@admin.register(BookChange)
class BookChangeAdmin(ReadOnlyAdmin[BookChange]):
    """Changes can't be added, edited or deleted here. An action restores deleted books."""

    ordering = ("-id",)
    list_display = ("at", "kind", "title", "book_id", "version", "owner", "actor_name")
    list_select_related = ("owner",)
    list_filter = ("kind",)
    # get_search_results() searches only for a whole id, which has an index.
    search_fields = ("book_id",)
    search_help_text = _("The id of a book")
    actions = ("bring_back",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BookChange], search_term: str
    ) -> tuple[QuerySet[BookChange], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        is_number = term.isascii() and term.isdecimal() and len(term) <= MAXIMUM_DIGITS
        return (queryset.filter(book_id=int(term)) if is_number else queryset.none()), False

    @admin.action(description=_("Restore the deleted books"), permissions=["restore"])
    def bring_back(self, request: HttpRequest, changes: QuerySet[BookChange]) -> None:
        """Restore the last version of each selected book that is deleted."""
        numbers = sorted(set(changes.values_list("book_id", flat=True)))
        for number in numbers:
            self._bring_back(request, number)

    def _bring_back(self, request: HttpRequest, number: int) -> None:
        last = BookChange.objects.of_book(number).order_by("-version").first()
        if last is None or last.kind != ChangeKind.DELETED:
            text = _("Book %(id)s is not deleted.") % {"id": number}
            return self.message_user(request, text, messages.WARNING)
        try:
            book = book_bring_back(deletion=last, origin=Origin.of(request))
        except (ConflictError, Book.DoesNotExist) as error:
            return self.message_user(request, f"{last.title}: {error}", messages.ERROR)
        text = _("Restored %(book)s.") % {"book": book}
        return self.message_user(request, text, messages.SUCCESS)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return admin.site.get_model_admin(Book).has_change_permission(request)
