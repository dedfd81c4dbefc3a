"""What a request is answered that a worker has no place for."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from .bulkhead import BUSY
from .problems import error_page

# Seconds.
WAIT = 5
DETAIL = "Too many passwords are being checked. Nothing was stored. Send the request again later."


class BusyMiddleware:
    """Answers 503 with Retry-After, in the shape of the surface, before a view does anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if BUSY not in request.META:
            return None
        response: HttpResponse
        if request.path_info in ("/login", "/register"):
            response = JsonResponse({"message": DETAIL}, status=503)
        else:
            response = error_page(request, status=503, code="busy", detail=DETAIL)
        response["Retry-After"] = str(WAIT)
        return response
