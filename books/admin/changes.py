"""The history of books in the Django admin, where deleted books can be restored."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from books.models import Book, BookChange
from bookstore_project.web.admin_lists import ReadOnlyAdmin

from .restoring import books_bring_back, is_number


class RestoringAdmin(ReadOnlyAdmin[BookChange]):
    """A list of changes with an action that restores deleted books."""

    list_select_related = ("owner",)
    actions = ("bring_back",)

    @admin.action(description=gettext_lazy("Restore the deleted books"), permissions=["restore"])
    def bring_back(self, request: HttpRequest, changes: QuerySet[BookChange]) -> None:
        """Restore the last version of each selected book that is deleted."""
        books_bring_back(request, sorted(set(changes.values_list("book_id", flat=True))))

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return admin.site.get_model_admin(Book).has_change_permission(request)


@admin.register(BookChange)
class BookChangeAdmin(RestoringAdmin):
    """Changes can't be added, edited or deleted here."""

    ordering = ("-id",)
    list_display = ("at", "kind", "title", "book_id", "version", "owner", "actor_name")
    list_filter = ("kind",)
    # get_search_results() searches only for a whole id, which has an index.
    search_fields = ("book_id",)
    search_help_text = gettext_lazy("The number of a book")
    fields = ("at", "kind", "title", "book_id", "version", "owner", "actor_name", "changed_values")

    @admin.display(description=gettext_lazy("changed values"))
    def changed_values(self, change: BookChange) -> str:
        """Return each value that changed, as the history shows it: no JSON.

        The owner has a field of its own, and the creation time of a book never changes.
        """
        nothing = _("nothing")
        is_of_both = change.before is not None and change.after is not None
        lines = (
            (name, nothing if before is None else before, nothing if after is None else after)
            for name, before, after in change.differences
            if is_of_both or name not in ("owner", "created_at")
        )
        return format_html_join("", "<div>{}: {} → {}</div>", lines)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BookChange], search_term: str
    ) -> tuple[QuerySet[BookChange], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = queryset.filter(book_id=int(term)) if is_number(term) else queryset.none()
        return found, False
