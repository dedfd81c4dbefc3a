"""A page of the list of books, read by the code that answers requests."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.models import User
from books.api.filters import BookFilter
from books.api.views.books import BookViewSet
from books.models import Book
from bookstore_project.paging.paginator import KeysetPagination

from .stores import Store


def page_of(store: Store, parameters: dict[str, str]) -> Callable[[], list[Any]]:
    """Return the work of reading the page with these query parameters."""
    request = Request(APIRequestFactory().get("/", parameters))
    request.user = User.objects.using(store.alias).earliest("id")
    books = Book.objects.using(store.alias).select_related("owner")

    def work() -> list[Any]:
        narrowed = BookFilter(parameters, queryset=books, request=request)
        if not narrowed.is_valid():
            raise ValueError(f"No parameters of the list: {parameters}: {narrowed.errors}")
        return KeysetPagination().paginate_queryset(narrowed.qs, request, BookViewSet())

    return work
