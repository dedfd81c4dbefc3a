"""503 Service Unavailable for requests whose line of a worker is full."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from .bulkhead import BUSY
from .http.surface import refusal

# Seconds.
WAIT = 5


class BusyMiddleware:
    """Answers 503 with Retry-After, in the shape of the surface, before a view does anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        detail = request.META.get(BUSY)
        if detail is None:
            return None
        response = refusal(request, status=503, code="busy", detail=detail)
        response["Retry-After"] = str(WAIT)
        return response
