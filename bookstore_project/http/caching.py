"""Cache-Control and Vary of responses."""

from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

# Headers that may carry credentials. Caches know only Authorization as one, so all go into Vary.
CREDENTIALS = ("Authorization", "Cookie", "x-access-tokens", "x-access-token")
# RFC 9111 section 5.2.2: stored for one user only, and revalidated before each use.
PRIVATE = "private, no-cache"


class PrivateByDefaultMiddleware:
    """Keeps responses out of shared caches (RFC 9111 section 5.2.2.7), unless a view allows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "public" in response.get("Cache-Control", ""):
            # A public response is the same for everybody, so it does not vary by credentials.
            return response
        if "Cache-Control" not in response:
            response["Cache-Control"] = PRIVATE
        response["Vary"] = _with_credentials(response.get("Vary"))
        return response


@lru_cache(maxsize=64)
def _with_credentials(vary: str | None) -> str:
    """Return the value of Vary with the headers of CREDENTIALS added."""
    response = HttpResponse(headers={} if vary is None else {"Vary": vary})
    patch_vary_headers(response, CREDENTIALS)
    return response["Vary"]
