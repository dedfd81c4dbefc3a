"""REQUIRE_ADMIN_MFA: an admin without a second factor can do nothing but set one up."""

import re
from functools import partial
from typing import Any

from django.conf import settings
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.models import User
from accounts.services.access import needs_factor
from bookstore_project.http.held_body import once_received
from bookstore_project.http.held_form import forget_sender
from bookstore_project.http.scopes import SAFE_METHODS

# What such an admin may request: the routes that set a factor up, and the one that logs out ...
SETTING_UP = re.compile(
    r"/api/v1/(?:users/me/factors|users/me/totp|users/me/totp/confirm|users/me/passkeys"
    r"|users/me/passkeys/options|auth/logout)/?",
    re.ASCII,
)
# ... and, to read it, the profile.
PROFILE = re.compile(r"/api/v1/users/me/?", re.ASCII)


class FactorSetupRequired(PermissionDenied):
    """The caller is an admin without a second factor, which this server requires: 403."""

    default_detail = (
        "Admins need a second factor on this server. Set one up: begin with POST "
        "/api/v1/users/me/totp or /api/v1/users/me/passkeys/options."
    )
    default_code = "second_factor_setup_required"


def require_factor_of_admin(user: User, request: Request) -> None:
    """Raise FactorSetupRequired if the user may not send this request before setting one up.

    Each authentication class calls this with the user that it has read anyway, so that no view is
    left out and nothing is asked of the database.
    """
    path = request.path_info
    is_open = SETTING_UP.fullmatch(path) or (
        PROFILE.fullmatch(path) and request.method in SAFE_METHODS
    )
    if not is_open and needs_factor(user):
        raise FactorSetupRequired


class BrowserAuthentication(SessionAuthentication):
    """DRF's authentication by the session of a browser, with REQUIRE_ADMIN_MFA."""

    def authenticate(self, request: Request) -> Any:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        return once_received(request, partial(self._of_browser, request))

    def _of_browser(self, request: Request) -> Any:
        forget_sender(request._request)  # noqa: SLF001  # Django's own, as DRF names it
        found = super().authenticate(request)
        if found is not None:
            require_factor_of_admin(found[0], request)
        return found
