"""The client's IP address, also behind proxies."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# Longer texts are not cached. The longest address has 45 characters, plus a zone such as %eth0.
MAXIMUM_LENGTH = 64
FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"

# Entries of X-Forwarded-For that are more than an address: IPv4 with a port, or IPv6 in brackets
# with or without a port (RFC 7239 section 6; Azure's gateways and IIS add the port).
WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}|\[([^\[\]]+)\](?::[0-9]{1,5})?", re.ASCII)


class BadForwardedForError(Exception):
    """X-Forwarded-For has no address in the place where a trusted proxy should have put one."""


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, read from X-Forwarded-For if TRUSTED_PROXIES is set.

    Each proxy appends the address it saw, so the client's address is TRUSTED_PROXIES places from
    the right; a client may have forged the entries before it. Without a trusted proxy or without
    the header, it is the address of the peer; None if the peer has none (a Unix socket).

    Raises BadForwardedForError if the header has too few entries, or no address in that place. The
    middleware of http/forwarded.py answers such a request, so that no view has to catch the error.
    """
    forwarded = request.META.get(FORWARDED_FOR)
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies or forwarded is None:
        return _address(request.META.get("REMOTE_ADDR", ""))
    entries = forwarded.split(",")
    told = _node(entries[-proxies]) if proxies <= len(entries) else None
    if told is None:
        raise BadForwardedForError
    return told


def _node(text: str) -> str | None:
    """Return the address of one entry of X-Forwarded-For, without brackets and port."""
    text = text.strip()
    if match := WITH_PORT.fullmatch(text):
        text = match[1] or match[2]
    return _address(text)


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
        # A socket that listens on IPv4 and IPv6 reports IPv4 so (RFC 4291 section 2.5.5.2).
        return str(address.ipv4_mapped)
    # A zone, as in fe80::1%eth0, has a meaning on that machine only.
    return str(address).partition("%")[0]


def client_network(request: HttpRequest) -> str:
    """Return the key that rate limits count a client by: its IPv4 address, or its IPv6 /64.

    A client with one address of a /64 can usually use all of them (RFC 6177 section 2). Returns ""
    if there is no address.
    """
    return network_of(client_address(request))


def network_of(address: str | None) -> str:
    """Return client_network() of a canonical address."""
    if address is None or ":" not in address:
        return address or ""
    return str(ip_network(f"{address}/64", strict=False))
