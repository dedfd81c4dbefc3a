"""Deleted books in the Django admin: a list with a search, and an action that restores them."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from books.models import BookChange, DeletedBook
from books.search.folding import fold
from bookstore_project.web.admin_lists import KeysetChangeList

from .changes import RestoringAdmin
from .owners import OwnerListFilter
from .restoring import is_number

# A search reads the titles of this many deletions, the latest of those that the filters leave:
# titles of deleted books have no index.
READ = 10_000
# A search lists this many matches of each kind, the latest ones.
LISTED = 500


class DeletedBookList(KeysetChangeList):
    """Each row leads to the history of the book."""

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:books_book_history", args=[result.book_id])


@admin.register(DeletedBook)
class DeletedBookAdmin(RestoringAdmin):
    """The last change of each deleted book."""

    ordering = ("-at",)
    list_display = ("title", "author", "owner", "deleted_at", "deleted_by", "number")
    list_filter = ("at", ("owner", OwnerListFilter))
    # Only shows the search box: see get_search_results().
    search_fields = ("book_id",)
    search_help_text = _(
        "Words of the title or the author, the whole name of an owner, the day of the deletion "
        "(2026-11-28) or the number of a book. The latest deletions are searched."
    )

    @admin.display(description=_("title"))
    def title(self, deletion: BookChange) -> str:
        return deletion.title

    @admin.display(description=_("author"))
    def author(self, deletion: BookChange) -> Any:
        return (deletion.before or {}).get("author")

    @admin.display(description=_("deleted at"))
    def deleted_at(self, deletion: BookChange) -> datetime:
        return deletion.at

    @admin.display(description=_("deleted by"))
    def deleted_by(self, deletion: BookChange) -> str:
        return deletion.actor_name

    @admin.display(description=_("number"))
    def number(self, deletion: BookChange) -> int:
        return deletion.book_id

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Without a value after the change: that is the condition of the index by time, which has
        # no other rows.
        return DeletedBook.objects.of_deleted_books().filter(after__isnull=True)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeletedBookList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(pk__in=_matches(queryset, term)) if term else queryset), False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kw: Any) -> Any:
        """Lead to the history, which has all that there is to see."""
        deletion = self.get_object(request, object_id)
        if deletion is None or not self.has_view_permission(request, deletion):
            return super().change_view(request, object_id, *args, **kw)
        return redirect("admin:books_book_history", deletion.book_id)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.site.get_model_admin(BookChange).has_view_permission(request)


def _matches(deletions: QuerySet[Any], term: str) -> set[int]:
    """Return the ids of the deletions that a search finds."""
    latest = deletions.order_by("-at", "-id")
    found = {*_of_words(latest, term), *_keys(latest.filter(owner__in=User.objects.named(term)))}
    if is_number(term):
        found.update(_keys(latest.filter(book_id=int(term))))
    with suppress(ValueError):
        start = make_aware(datetime.combine(date.fromisoformat(term), time()))
        found.update(_keys(latest.filter(at__gte=start, at__lt=start + timedelta(days=1))))
    return found


def _keys(deletions: QuerySet[Any]) -> list[int]:
    return list(deletions.values_list("pk", flat=True)[:LISTED])


def _of_words(deletions: QuerySet[Any], term: str) -> list[int]:
    """Return the deletions of books whose title and author contain each word."""
    words = fold(term).split()
    texts = (KeyTextTransform(name, "before") for name in ("name", "author"))
    rows = deletions.values_list("pk", *texts)[:READ]
    found = (
        key
        for key, name, author in rows
        if all(word in folded for folded in [fold(f"{name} {author}")] for word in words)
    )
    return [key for key, _number in zip(found, range(LISTED), strict=False)] if words else []
