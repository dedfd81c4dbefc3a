"""Reads the body of an API request before its sender is looked up, or looks again afterwards.

A sender who holds the body back could otherwise act after their session has ended, or with the
rights from before. HeldFormMiddleware does the same for the forms of pages.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings

from .body_length import declared_length
from .content_length import STRANGERS_MAXIMUM
from .undeclared import takes_file

Found = TypeVar("Found", bound=tuple[Any, Any])


def once_received(request: Any, find: Callable[[], Found | None]) -> Found | None:
    """Return the sender that `find` finds once the whole body is in memory.

    A body that a stranger may send is read first, so that nothing is looked up twice. A longer one
    is read only for a sender who was found, and who is then looked for again. Bodies that are too
    long for any route but an import are left to the route, and so are those of imports, which look
    at their sender again by themselves (books/transfer/).

    Args:
        request: DRF's request, of a sender who names a session or a token.
        find: returns the user and what authenticates them, as an authentication class of DRF does.
            It raises, or returns None, if there is none.
    """
    length = declared_length(request)
    if length <= STRANGERS_MAXIMUM:
        _receive(request)
        return find()
    found = find()
    if found is None or length > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) or takes_file(request):
        return found
    # Or else the bounds of a stranger hold for the body.
    request.user = found[0]
    _receive(request)
    return find()


def _receive(request: Any) -> None:
    # The check of a browser's CSRF token may have read a form already.
    if declared_length(request) and not request._read_started:  # noqa: SLF001  # as DRF itself does
        request.body  # noqa: B018  # reads it, and keeps it
