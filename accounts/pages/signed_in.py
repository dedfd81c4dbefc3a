"""What every page about one's own account has in common."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic.base import View

from accounts.models import LoginSession, User
from accounts.origins import Origin
from accounts.services.access import needs_factor
from accounts.services.browser_use import login_of
from bookstore_project.errors import SessionEndedError

SIGNED_OUT = _("Your session ended meanwhile. Nothing was changed. Sign in again.")


class SignedInPage(LoginRequiredMixin, View):
    """A page about the account of somebody who is signed in, which no browser keeps.

    Strangers are asked to sign in first. An admin without a second factor that the server requires
    (REQUIRE_ADMIN_MFA) is led to the page that sets one up, and sees no other.
    """

    # Whether an admin who has to set up a second factor may use the page.
    is_for_setting_up = False

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if needs_factor(request.user) and not self.is_for_setting_up:
            return render(request, "second_factor_needed.html", status=403)
        try:
            return super().dispatch(request, *args, **kwargs)
        except SessionEndedError:
            messages.error(request, SIGNED_OUT)
            return redirect_to_login(request.get_full_path())

    @property
    def user(self) -> User:
        """The user of the browser."""
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101  # LoginRequiredMixin
        return user

    @property
    def login(self) -> LoginSession:
        """The row of the browser's sign-in. Raises SessionEndedError."""
        login = login_of(self.request.session)
        if login is None:
            raise SessionEndedError
        return login

    @property
    def origin(self) -> Origin:
        """Who sent the request, and from where."""
        return Origin.of(self.request)
