"""Looks at the sender of a page's form again, once the form is read."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject


class HeldFormMiddleware:
    """Forgets who sends a form if that was read before the form itself.

    A sender who holds the form back could otherwise act after the session has ended, or with the
    rights from before. CsrfViewMiddleware, which has to be before this one, reads a form before its
    view. Only a form that is too long for a stranger asks for its sender even earlier
    (body_length.py): any other costs nothing here.

    The API reads its bodies later: see held_body.py.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        if request.method == "POST":
            forget_sender(request)


def forget_sender(request: HttpRequest) -> None:
    """Have the session and the user of a browser read again, if they were read before."""
    if hasattr(request, "_cached_user"):
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = type(request.session)(key)
        del request._cached_user  # noqa: SLF001  # AuthenticationMiddleware's own
        request.user = cast("Any", SimpleLazyObject(lambda: get_user(request)))
