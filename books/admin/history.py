"""The history of a book in the Django admin, and its buttons: also of a book that is deleted."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.origins import Origin
from books.models import Book, BookChange
from books.services.restoring import book_restore
from bookstore_project.errors import ConflictError

from .restoring import book_brought_back, is_number, last_deletion, not_restored

# The history page of a book shows this many changes; the list of changes shows all.
SHOWN_CHANGES = 100
# The page of a book itself shows the latest.
LATEST_CHANGES = 5

# Digits of a version: PostgreSQL's column can't store a longer number.
MAXIMUM_DIGITS = 10


def latest_changes(number: int, maximum: int) -> QuerySet[BookChange]:
    return BookChange.objects.of_book(number).order_by("-version")[:maximum]


class BookHistoryMixin(admin.ModelAdmin[Book]):
    """Shows the changes of a book, on a page of their own and below its form."""

    object_history_template = "admin/books/book/history.html"
    change_form_template = "admin/books/book/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        restore = self.admin_site.admin_view(require_POST(self.restore_view))
        own = path("<int:book_id>/restore/", restore, name="books_book_restore")
        return [own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        number = _number(object_id)
        context = {"may_restore": self.has_change_permission(request), **(extra_context or {})}
        if number is not None:
            changes = latest_changes(number, LATEST_CHANGES)
            context |= {"changes": changes, "book_id": number}
        return super().changeform_view(request, object_id, form_url, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the changes of the book, with a button to restore each earlier version."""
        number = _number(object_id)
        deletion = None if number is None else last_deletion(number)
        context: dict[str, Any] = {
            "book_id": number,
            "may_restore": self.has_change_permission(request),
            **(extra_context or {}),
        }
        if number is not None:
            context["changes"] = latest_changes(number, SHOWN_CHANGES)
        if deletion is None:
            return super().history_view(request, object_id, context)
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context |= {
            **self.admin_site.each_context(request),
            "title": _("Deleted book: %(title)s") % {"title": deletion.title},
            "opts": self.opts,
            "deletion": deletion,
        }
        return TemplateResponse(request, "admin/books/book/deleted.html", context)

    def restore_view(self, request: HttpRequest, book_id: int) -> HttpResponse:
        """Restore the version of a button: of a book, or of one that is deleted."""
        book = self.get_object(request, str(book_id))
        if book is None and last_deletion(book_id) is None:
            raise Http404
        if not self.has_change_permission(request, book):
            raise PermissionDenied
        version = request.POST.get("version", "")
        if not (is_number(version) and len(version) < MAXIMUM_DIGITS):
            raise BadRequest("The version must be a number.")
        if book is not None:
            self._restore(request, book, int(version))
        elif restored := book_brought_back(request, book_id, version=int(version)):
            messages.success(request, _("Restored %(book)s.") % {"book": restored})
            return redirect("admin:books_book_change", book_id)
        return redirect("admin:books_book_history", book_id)

    def _restore(self, request: HttpRequest, book: Book, version: int) -> None:
        try:
            restored = book_restore(book=book, origin=Origin.of(request), version=version)
        except (ConflictError, Book.DoesNotExist) as error:
            messages.error(request, not_restored(error))
            return
        if restored.version == book.version:
            text = _("The book already equals version %(version)s.")
            messages.info(request, text % {"version": version})
        else:
            text = _("Restored version %(version)s.")
            messages.success(request, text % {"version": version})

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Lead from the address of a deleted book to its history, where it can be restored."""
        number = _number(object_id)
        if number is not None and last_deletion(number) is not None:
            messages.warning(request, _("This book is deleted. You can restore it here."))
            return redirect("admin:books_book_history", number)
        page: HttpResponse = super()._get_obj_does_not_exist_redirect(request, opts, object_id)  # type: ignore[misc]  # Django's own hook, without a stub
        return page


def _number(object_id: str | None) -> int | None:
    text = unquote(object_id or "")
    return int(text) if is_number(text) else None
