"""Limits how many searches of a user may take too long."""

import time
from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from accounts.tokens.authentication import authenticated_user
from books.fields import Use, used
from books.models import Book
from bookstore_project.http.rate_limits import count_use, require_left

LIMIT = "slow-search"
# Seconds of a search that count as one use. Ordinary searches take less.
UNIT = 0.25
# The parameters that search in texts.
PARAMETERS = frozenset({"q", *used(Use.PART)})


class SearchLimitMixin(GenericAPIView[Book]):
    """Charges the time of slow searches to `LIMIT_SLOW_SEARCH` of the user.

    A search is charged when it is over, so that the last one may exceed the quota.
    """

    # When the search of this request began; None if it has none.
    _started: float | None = None

    def filter_queryset(self, queryset: Any) -> Any:
        if PARAMETERS.intersection(self.request.query_params):
            require_left(LIMIT, key=self._key())
            self._started = time.monotonic()
        return super().filter_queryset(queryset)

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        if self._started is not None:
            self.charge(time.monotonic() - self._started)
        return super().finalize_response(*args, **kwargs)

    def charge(self, seconds: float) -> None:
        """Count one use of the limit for each UNIT of a request that searches."""
        if self._started is not None:
            for _ in range(int(seconds / UNIT)):
                count_use(LIMIT, key=self._key())

    def _key(self) -> str:
        return str(authenticated_user(self.request).public_id)
