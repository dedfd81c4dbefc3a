"""Canonical routes of books, below /api/v1/. docs/recipes/add-a-route.md: what a route needs."""

from books.api.views import BookViewSet
from books.api.views.batch import BookBatchView
from books.api.views.by_isbn import BookByIsbnView
from books.api.views.changes import BookChangesView
from books.api.views.history import BookHistoryView, BookRestoreView, DeletedBooksView
from books.transfer.views.account import AccountExportView
from books.transfer.views.exports import BookExportView
from books.transfer.views.imports import BookImportView
from bookstore_project.api.routes import OptionalSlashRouter, route

router = OptionalSlashRouter()
router.register("books", BookViewSet, basename="book")

ONE = f"books/(?P<pk>{BookViewSet.lookup_value_regex})"

urlpatterns = [
    *router.urls,
    route("users/me/export", AccountExportView.as_view(), name="account-export"),
    route("books/batch", BookBatchView.as_view(), name="books-batch"),
    route("books/by-isbn/(?P<isbn>[^/]+)", BookByIsbnView.as_view(), name="book-by-isbn"),
    route("books/changes", BookChangesView.as_view(), name="books-changes"),
    route("books/deleted", DeletedBooksView.as_view(), name="books-deleted"),
    route("books/export", BookExportView.as_view(), name="book-export"),
    route("books/import", BookImportView.as_view(), name="book-import"),
    route(f"{ONE}/history", BookHistoryView.as_view(), name="book-history"),
    route(f"{ONE}/restore", BookRestoreView.as_view(), name="book-restore"),
]
