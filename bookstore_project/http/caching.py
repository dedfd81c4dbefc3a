"""What caches may do with an answer."""

from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

# Whatever may hold a credential; HTTP itself looks after Authorization alone, and so would a cache.
CREDENTIALS = ("Authorization", "Cookie", "x-access-tokens", "x-access-token")
# RFC 9111 section 5.2.2: kept for its user alone, and held against the server each time.
PRIVATE = "private, no-cache"


class PrivateByDefaultMiddleware:
    """Keeps answers out of shared caches (RFC 9111 section 5.2.2.7), unless a view says else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "public" in response.get("Cache-Control", ""):
            # The same for everyone: nobody's credentials make it another answer.
            return response
        if "Cache-Control" not in response:
            response["Cache-Control"] = PRIVATE
        response["Vary"] = _with_credentials(response.get("Vary"))
        return response


@lru_cache(maxsize=64)
def _with_credentials(vary: str | None) -> str:
    """Return the value of Vary with the credentials in it, as Django writes it."""
    response = HttpResponse(headers={} if vary is None else {"Vary": vary})
    patch_vary_headers(response, CREDENTIALS)
    return response["Vary"]
