"""Which of the fields that a proxy adds are believed.

A client can write every field that a proxy writes. Two things tell them apart: the number of
proxies in front (TRUSTED_PROXIES), and a secret that only they know (PROXY_SECRET), which they send
in X-Proxy-Secret. The secret is needed because WSGI has one name for `X-Forwarded-For` and
`X_Forwarded_For` (PEP 3333, CGI's HTTP_ variables). granian keeps one of the two, and a client
behind a proxy that lets the second name pass could choose which. See docs/decisions/proxies.md.
"""

from collections.abc import Callable
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from .client_address import FORWARDED_FOR, BadForwardedForError, client_address
from .surface import refusal

PROOF = "HTTP_X_PROXY_SECRET"
# What counts only beside it.
FORWARDED = (FORWARDED_FOR, "HTTP_X_FORWARDED_PROTO")


class WrongSecretError(Exception):
    """X-Proxy-Secret was sent, and is another one than PROXY_SECRET."""


class ForwardedMiddleware:
    """Drops the forwarded fields that nobody vouches for, and refuses those that make no sense.

    400 `bad_proxy_secret` answers a secret that is wrong, and 400 `bad_forwarded_for` a request
    through a trusted proxy that does not tell the client's address. Neither is counted as coming
    from the proxy itself: then all clients would share its limits.
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
            # The log then has no address, instead of the proxy's.
            request.META.update({FORWARDED_FOR: None, "REMOTE_ADDR": ""})
            return refusal(
                request,
                status=400,
                code="bad_forwarded_for",
                detail="X-Forwarded-For does not name the address that the proxy was asked from.",
            )
        return self.get_response(request)


def _drop_unvouched(request: HttpRequest) -> None:
    """Leave the forwarded fields in place only if the proxy's secret is beside them.

    An address behind the secret, in the same field, takes the place of X-Forwarded-For: no other
    field can then be confused with it. Raises WrongSecretError. The secret itself never stays in
    the request, where a log or an error page could show it.
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
        # Beside the secret an address is due: without this line, the peer's would be taken.
        meta.setdefault(FORWARDED_FOR, "")
