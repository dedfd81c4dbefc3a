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
    """Return the address that a sign-in on this page comes back to, or "" if it should not."""
    address = request.get_full_path()
    # The link of a mail has a secret in it, which no other address repeats.
    is_fit = request.method in ("GET", "HEAD") and "token" not in request.GET
    return address if is_fit and len(address) <= MAXIMUM else ""
