"""One log line for each response, written by the application instead of its server."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from .client_address import client_address
from .printable_ascii import printable_ascii

logger = logging.getLogger("bookstore.request")

LINE = "method=%s path=%s status=%d bytes=%s ms=%.1f address=%s"


class RequestLogMiddleware:
    """Logs method, path, status, size, time and address as `key=value`, in printable ASCII.

    The query is left out, because it contains people's search terms. `ms` is the time until the
    response could begin. The size of a streamed response is not known then, so `bytes` is "-".
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.REQUEST_LOG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        if logger.isEnabledFor(logging.INFO):
            self._log(request, response, time.perf_counter() - started)
        return response

    def _log(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        """Log without the lookup of the caller's file and line, which this line does not show."""
        values = (
            printable_ascii(request.method or "-"),
            printable_ascii(request.path),
            response.status_code,
            "-" if response.streaming else len(getattr(response, "content", b"")),
            seconds * 1_000,
            client_address(request) or "-",
        )
        logger.handle(logging.LogRecord(logger.name, logging.INFO, __file__, 0, LINE, values, None))
