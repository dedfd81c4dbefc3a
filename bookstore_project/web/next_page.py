"""Addresses of pages that lead back, by `next`, to where somebody was.

The page that reads `next` follows it within this site alone (Django's RedirectURLMixin).
"""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

# Characters of an address that is led back to. Each link on a page repeats it.
MAXIMUM = 2_000


def with_next(route: str, then: str) -> str:
    """Return the address of a route that goes on to the address `then`; "" for nowhere."""
    page = reverse(route)
    return f"{page}?{urlencode({'next': then})}" if then else page


def present_page(request: HttpRequest) -> str:
    """Return the address that a sign-in on this page comes back to, or "" for a long one."""
    address = request.get_full_path()
    return address if len(address) <= MAXIMUM else ""
