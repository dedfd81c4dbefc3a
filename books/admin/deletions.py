"""The deletion of books in the Django admin, which the message about it can undo."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as confirmation
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext
from django.views.decorators.http import require_POST

from accounts.origins import Origin
from books.models import Book
from books.services.books import book_delete, books_delete

from .restoring import books_bring_back, is_number

LIST = "admin:books_book_changelist"


class BookDeletionMixin(admin.ModelAdmin[Book]):
    """Deletes books, one by one or those that are ticked. Each message has a button to undo it."""

    def get_urls(self) -> list[URLPattern]:
        undo = self.admin_site.admin_view(require_POST(self.undo_view))
        return [path("undo/", undo, name="books_book_undo"), *super().get_urls()]

    def delete_model(self, request: HttpRequest, obj: Book) -> None:
        with suppress(Book.DoesNotExist):
            book_delete(book=obj, origin=Origin.of(request))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        text = _("Deleted “%(book)s”.") % {"book": obj_display}
        self._say_deleted(request, text, [obj_id])
        filters: Any = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return redirect(add_preserved_filters(filters, reverse(LIST)))

    @admin.action(description=gettext_lazy("Delete the chosen books"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, books: QuerySet[Book]) -> HttpResponse | None:
        """Delete the ticked books once that is confirmed."""
        if not request.POST.get("post"):
            page: HttpResponse = confirmation(self, request, books)  # type: ignore[assignment]  # not None without `post`
            return page
        chosen = list(books.values_list("pk", flat=True))
        self.log_deletions(request, books)
        count = books_delete(books=Book.objects.filter(pk__in=chosen), origin=Origin.of(request))
        text = ngettext("Deleted %(count)d book.", "Deleted %(count)d books.", count)
        self._say_deleted(request, text % {"count": count}, chosen)
        return None

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Restore the books that the button of a message names."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        named = request.POST.get("books", "").split(",")
        if not all(map(is_number, named)):
            raise BadRequest(gettext_noop("A key of a record is not valid. Load the page again."))
        books_bring_back(request, map(int, named[: self.list_max_show_all]))
        return redirect(LIST)

    def _say_deleted(self, request: HttpRequest, text: str, numbers: Sequence[int]) -> None:
        if not numbers or not self.has_change_permission(request):
            messages.success(request, text)
            return
        context: dict[str, Any] = {"text": text, "books": ",".join(map(str, numbers))}
        page = render_to_string("admin/books/book/undo.html", context, request=request)
        messages.success(request, page)
