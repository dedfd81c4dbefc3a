"""Pages of the Django admin that ask for a second factor that was proved just now."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.login.browser_proof import has_fresh_factor
from accounts.login.pages import page_address
from accounts.models import User

View = TypeVar("View", bound=Callable[..., Any])

NOTHING_DONE = _("Nothing was changed, because your second factor had to be proved again first.")


def with_fresh_factor(view: View) -> View:
    """Send an admin whose second factor was not proved just now to the page that asks for it.

    For methods of a ModelAdmin that have the request first. The form is opened after that page, so
    that most forms are saved within the five minutes. One that is not is opened again.
    """

    @wraps(view)
    def checked(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.has_factor and not has_fresh_factor(request.session):
            if request.method == "POST":
                messages.warning(request, NOTHING_DONE)
            return redirect(page_address("step-up", request.get_full_path()))
        response: HttpResponse = view(self, request, *args, **kwargs)
        return response

    return cast("View", checked)
