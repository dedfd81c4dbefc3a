"""Views that are open to anyone: what a stranger may ask of them before their body is read."""

from collections.abc import Sequence
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from bookstore_project.http import cross_site
from bookstore_project.http.body_length import require_strangers_length
from bookstore_project.http.rate_limits import require_address_limit


class AnonymousMixin(APIView):
    """A view that looks at no credentials, so that a stale token in a header is not in the way.

    Before anything of a body is read, three things are settled in this order: that no page of
    another site had the request sent (403), that the address has not spent `address_limit` (429),
    and that the body is as short as a stranger's may be (413).
    """

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = (AllowAny,)
    # Which of the settings' RATE_LIMITS a request counts against; None: a request costs little.
    address_limit: str | None = None

    def check_throttles(self, request: Request) -> None:
        super().check_throttles(request)
        if request.method in SAFE_METHODS or request.method not in self.allowed_methods:
            return
        if cross_site.is_cross_site(request):
            raise PermissionDenied(cross_site.DETAIL, code=cross_site.CODE)
        if self.address_limit is not None:
            require_address_limit(request, self.address_limit)
        require_strangers_length(request)
