"""Bodies say how long they are."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .problems import problem_response


class LengthRequiredMiddleware:
    """Refuses a body of undeclared length with 411 (RFC 9110 section 15.5.12).

    Django would read it as empty, and the client be told of missing fields that it did send.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            return problem_response(
                status=411,
                code="length_required",
                detail="Send the body with a Content-Length, not in chunks.",
            )
        return self.get_response(request)
