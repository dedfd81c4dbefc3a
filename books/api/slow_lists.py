"""Limits how much time the slow lists of a user take."""

import time
from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.tokens.authentication import authenticated_user
from books.fields import Use, used
from books.models import Book
from bookstore_project.http.rate_limits import charge_time, require_left
from bookstore_project.paging.keyset import cursor_ordering

# The limit of searches in texts, and that of all other lists that are filtered or ordered.
SEARCH_LIMIT, LIST_LIMIT = "slow-search", "slow-list"
# Seconds of a list that count as one use. Ordinary lists take less.
UNIT = 0.25
# The order of the list without an order.
PLAIN = ("id",)
# The parameters that search in texts.
SEARCHES = {"q", *used(Use.PART)}


class SlowListLimitMixin(GenericAPIView[Book]):
    """Charges the time of slow lists to a limit of the user.

    A user can store books that no index sorts, or finds, in the way that a list asks for. The list
    without a filter and an order has its index, and is not limited. A list is charged when it is
    over, so that the last one may exceed the quota.
    """

    filterset_class: Any
    # When the list of this request began; None if it has no limit.
    _started: float | None = None
    _limit = ""

    def filter_queryset(self, queryset: Any) -> Any:
        given = self.filterset_class.base_filters.keys() & self.request.query_params.keys()
        if given or self._is_ordered_by_cursor():
            self._limit = SEARCH_LIMIT if SEARCHES & given else LIST_LIMIT
            require_left(self._limit, key=self._key())
            self._started = time.monotonic()
        return super().filter_queryset(queryset)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        if self._started is not None:
            self.charge(time.monotonic() - self._started)
        return super().finalize_response(*args, **kwargs)

    def charge(self, seconds: float) -> None:
        """Count one use of the limit for each UNIT of a list that has a limit."""
        if self._started is not None:
            charge_time(self._limit, key=self._key(), seconds=seconds, unit=UNIT)

    def _is_ordered_by_cursor(self) -> bool:
        """Return whether a cursor gives the list an order that only a parameter would give it."""
        cursor = self.request.query_params.get("cursor")
        try:
            return cursor is not None and cursor_ordering(cursor) != PLAIN
        except ValueError:
            # The paging refuses the cursor.
            return False

    def _key(self) -> str:
        return str(authenticated_user(self.request).public_id)
