"""Views that are open to anyone, and the checks they make before the body is read."""

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from bookstore_project.http import cross_site
from bookstore_project.http.body_length import require_strangers_length
from bookstore_project.http.cors import is_from_allowed_origin
from bookstore_project.http.rate_limits import require_address_limit


class AnonymousMixin(APIView):
    """A view that ignores credentials, so that an expired token in a header does no harm.

    Three checks run before the body is read, in this order: a request sent by a page of another
    site is refused (403) unless CORS_ALLOWED_ORIGINS has its origin, so is one whose address has
    used up `address_limit` (429), and so is a body longer than STRANGERS_MAXIMUM (413).
    """

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = (AllowAny,)
    # A name in settings.RATE_LIMITS; None for views whose requests cost little.
    address_limit: str | None = None

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if request.method in SAFE_METHODS or request.method not in self.allowed_methods:
            return
        if not is_from_allowed_origin(request) and cross_site.is_cross_site(request):
            raise PermissionDenied(cross_site.API_DETAIL, code=cross_site.CODE)
        if self.address_limit is not None:
            require_address_limit(request, self.address_limit)
        require_strangers_length(request)
