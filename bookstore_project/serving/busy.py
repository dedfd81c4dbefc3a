"""503 Service Unavailable for requests that arrive while their queue is full: see bulkhead.py."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from bookstore_project.http.refusal import REFUSAL, Refusal
from bookstore_project.http.surface import refusal


class BusyMiddleware:
    """Answers a refused request in the format of its surface, before the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        refused: Refusal | None = request.META.get(REFUSAL)
        if refused is None:
            return None
        response = refusal(request, status=refused.status, code=refused.code, detail=refused.detail)
        if refused.wait is not None:
            response["Retry-After"] = str(refused.wait)
        return response
