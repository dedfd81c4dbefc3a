"""Pages of the Django admin that ask for a second factor that was proved just now."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse

from accounts.login.fresh_factor import fresh_factor_ask

View = TypeVar("View", bound=Callable[..., Any])


def with_fresh_factor(view: View) -> View:
    """Send an admin whose second factor was not proved just now to the page that asks for it.

    For methods of a ModelAdmin that have the request first.
    """

    @wraps(view)
    def checked(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = fresh_factor_ask(request)
        if asked is not None:
            return asked
        response: HttpResponse = view(self, request, *args, **kwargs)
        return response

    return cast("View", checked)
