"""The request id: accepted or generated, sent in X-Request-Id, and part of every log line."""

import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-Id"

# Ids that are accepted from clients; any other could forge a log line and is replaced.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._~+/=-]{1,128}", re.ASCII)

_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def current_request_id() -> str:
    """Return the id of the request being answered, or "-" outside of any."""
    return _request_id.get()


@contextmanager
def request_id_of(request_id: str) -> Iterator[None]:
    """Use this id in the log lines of work that is done for a request outside of it."""
    token = _request_id.set(request_id or "-")
    try:
        yield
    finally:
        _request_id.reset(token)


class RequestIdMiddleware:
    """Gives each request an id.

    The id stays set after the response, because the server writes its own log line then; the next
    request in the same thread replaces it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.META.get("HTTP_X_REQUEST_ID")
        if not (offered and ACCEPTABLE.fullmatch(offered)):
            offered = secrets.token_hex(16)
        request_id: str = offered
        _request_id.set(request_id)
        response = self.get_response(request)
        response[HEADER] = request_id
        return response


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to every log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True
