"""Limits how many searches of a user may take too long."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.tokens.authentication import authenticated_user
from books.models import Book
from bookstore_project.errors import SearchTooSlowError
from bookstore_project.http.rate_limits import count_use, require_left

LIMIT = "slow-search"
# The parameters that search in texts.
PARAMETERS = {"q", "name", "author", "publisher"}


class SearchLimitMixin(GenericAPIView[Book]):
    """Counts slow searches of a view against the user's `LIMIT_SLOW_SEARCH`."""

    def filter_queryset(self, queryset: Any) -> Any:
        if PARAMETERS.intersection(self.request.query_params):
            require_left(LIMIT, key=self._key())
        return super().filter_queryset(queryset)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, SearchTooSlowError):
            count_use(LIMIT, key=self._key())
        return super().handle_exception(exc)

    def _key(self) -> str:
        return str(authenticated_user(self.request).public_id)
