"""Addresses of records: what stands around the number is looked up once in the routes."""

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse
from rest_framework.request import Request
from rest_framework.reverse import preserve_builtin_query_params

# A number that the route of a record takes.
PLACE = "1234567890123456789"


def record_address(route: str, pk: int, request: Request) -> str:
    """Return what rest_framework.reverse.reverse() does for a route with a `pk`."""
    before, behind = _around(route, get_urlconf(), get_script_prefix())
    address = request.build_absolute_uri(f"{before}{pk}{behind}")
    preserved: str = preserve_builtin_query_params(address, request)
    return preserved


@lru_cache(maxsize=64)
def _around(route: str, urlconf: str | None, prefix: str) -> tuple[str, str]:
    """Return the path of a record before and behind its number, below a script prefix."""
    before, _, behind = reverse(route, urlconf, kwargs={"pk": PLACE}).rpartition(PLACE)
    return before, behind
