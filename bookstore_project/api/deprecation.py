"""Announces in responses that a route will change or end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.http import http_date
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@dataclass(frozen=True, kw_only=True)
class Deprecation:
    """The announcement for one method of a route.

    `since` is the time from which clients should not use it any more, `sunset` the time from which
    it may answer 410, and `page` the address of the page that says what to use instead.
    """

    since: datetime
    sunset: datetime
    page: str

    @property
    def headers(self) -> dict[str, str]:
        """Return the header fields (RFC 9745 section 2, RFC 8594 section 3)."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": http_date(self.sunset.timestamp()),
            "Link": f'<{self.page}>; rel="deprecation"; type="text/html"',
        }


class DeprecationMixin(APIView):
    """A view with the deprecations of its methods. Errors announce them too."""

    deprecations: Mapping[str, Deprecation] = {}

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        deprecation = self.deprecations.get(request.method or "")
        if deprecation is not None:
            paging = final.get("Link")
            for name, value in deprecation.headers.items():
                final[name] = value
            if paging:
                final["Link"] = f"{paging}, {final['Link']}"
        return final
