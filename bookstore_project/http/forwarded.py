"""Accepts the header fields of trusted proxies, and drops the same fields from clients.

A client can send every field that a proxy sends. Two settings tell them apart: the number of
proxies in front (TRUSTED_PROXIES), and a secret that only they know (PROXY_SECRET), which they send
in X-Proxy-Secret. The secret is needed because WSGI has one name for `X-Forwarded-For` and
`X_Forwarded_For` (PEP 3333, CGI's HTTP_ variables). granian keeps one of the two, and behind a
proxy that forwards the second name a client could choose which. See docs/decisions/proxies.md.
"""

from collections.abc import Callable
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from .client_address import FORWARDED_FOR, BadForwardedForError, client_address
from .surface import refusal

PROOF = "HTTP_X_PROXY_SECRET"
# Fields that are accepted only together with the secret.
FORWARDED = (FORWARDED_FOR, "HTTP_X_FORWARDED_PROTO")


class WrongSecretError(Exception):
    """X-Proxy-Secret was sent and differs from PROXY_SECRET."""


class ForwardedMiddleware:
    """Drops forwarded fields that come without the proxy's secret, and refuses invalid ones.

    A wrong secret is answered with 400 `bad_proxy_secret`, and a request through a trusted proxy
    that does not name the client's address with 400 `bad_forwarded_for`. Such requests are not
    counted against the proxy's own address, because then all clients would share its limits.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            _drop_unvouched(request)
            client_address(request)
        except WrongSecretError:
            return refusal(
                request,
                status=400,
                code="bad_proxy_secret",
                detail="X-Proxy-Secret is not the one that this server was started with.",
            )
        except BadForwardedForError:
            # The log line then has no address, instead of the proxy's.
            request.META.update({FORWARDED_FOR: None, "REMOTE_ADDR": ""})
            return refusal(
                request,
                status=400,
                code="bad_forwarded_for",
                detail="X-Forwarded-For does not name the address that the proxy was asked from.",
            )
        return self.get_response(request)


def _drop_unvouched(request: HttpRequest) -> None:
    """Keep the forwarded fields only if the request also has the proxy's secret.

    An address after the secret, in the same field, replaces X-Forwarded-For, so that no other field
    can be confused with it. Raises WrongSecretError. The secret is always removed from the request,
    where a log or an error page could show it.
    """
    meta = request.META
    sent = meta.pop(PROOF, None)
    if not settings.PROXY_SECRET:
        return
    secret, _, addresses = (sent or "").strip().partition(" ")
    if not compare_digest(secret.encode(), settings.PROXY_SECRET.encode()):
        for name in FORWARDED:
            meta.pop(name, None)
        if sent is None:
            return
        raise WrongSecretError
    if addresses:
        meta[FORWARDED_FOR] = addresses
    elif settings.TRUSTED_PROXIES:
        # A proxy with the secret must send an address. The empty value makes client_address() raise
        # instead of using the proxy's own address.
        meta.setdefault(FORWARDED_FOR, "")
