"""What caches may do with an answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

# Whatever may hold a credential; HTTP itself looks after Authorization alone, and so would a cache.
CREDENTIALS = ("Authorization", "Cookie", "x-access-tokens", "x-access-token")


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
            patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, CREDENTIALS)
        return response
