"""The address that a request came from."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# Of a text that is remembered: the longest address has 45 characters, and a zone such as %eth0.
MAXIMUM_LENGTH = 64


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, told by as many proxies as TRUSTED_PROXIES says.

    Each proxy appends the address it saw to X-Forwarded-For, so the client's stands that many
    places from the right; whatever stands before it the client may have made up. With no trusted
    proxy, or where the header holds fewer addresses, it is the peer's own; None if that is no
    address either (a Unix socket).
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies: int = settings.TRUSTED_PROXIES
    if 0 < proxies <= len(forwarded):
        told = _address(forwarded[-proxies])
        if told is not None:
            return told
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str | None:
    text = text.strip()
    return _known(text) if len(text) <= MAXIMUM_LENGTH else _canonical(text)


@lru_cache(maxsize=4_096)
def _known(text: str) -> str | None:
    return _canonical(text)


def _canonical(text: str) -> str | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        # How a socket that listens on both writes an IPv4 address (RFC 4291 section 2.5.5.2).
        return str(address.ipv4_mapped)
    # A zone, as in fe80::1%eth0, means something on that machine alone.
    return str(address).partition("%")[0]


def client_network(request: HttpRequest) -> str:
    """Return what a client is counted by: its IPv4 address, or the /64 of an IPv6 address.

    Whoever has one address of such a network has them all (RFC 6177 section 2). Empty if there is
    no address.
    """
    address = client_address(request)
    if address is None or ":" not in address:
        return address or ""
    return str(ip_network(f"{address}/64", strict=False))
