"""Parses and checks settings with a format of their own, when the settings are loaded."""

import base64
import binascii
import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

MINIMUM_SECRET = 32
MAXIMUM_DAYS = 36_500
# Bytes of a key of Fernet: 16 sign, and 16 encrypt.
FERNET_KEY = 32
# Printable ASCII without spaces.
VISIBLE = re.compile("[!-~]+")

# Labels of a host name as browsers serialise it: lower case, and other scripts in Punycode.
LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
DEFAULT_PORTS = {"http": 80, "https": 443}


def rate(variable: str, text: str) -> tuple[int, int]:
    """Return the quota and the seconds of a limit like 30/3600. Raises ImproperlyConfigured."""
    quota, _, window = text.partition("/")
    if not (quota.isdecimal() and window.isdecimal() and int(window)):
        raise ImproperlyConfigured(f"{variable} must be a quota and seconds, such as 30/3600.")
    return int(quota), int(window)


def days(variable: str, number: int, *, least: int) -> int:
    """Return a number of days, from `least` to a hundred years. Raises ImproperlyConfigured."""
    if not least <= number <= MAXIMUM_DAYS:
        raise ImproperlyConfigured(
            f"{variable} must be a number of days from {least} to {MAXIMUM_DAYS}."
        )
    return number


def factor_keys(text: str) -> list[str]:
    """Return the comma-separated keys of a text, in its order.

    Raises ImproperlyConfigured for one that is not 32 bytes in URL-safe Base64. The message does
    not repeat it, because it may be a key with a typing error.
    """
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for number, key in enumerate(keys, start=1):
        try:
            is_valid = len(base64.b64decode(key, altchars=b"-_", validate=True)) == FERNET_KEY
        except (binascii.Error, ValueError):
            is_valid = False
        if not is_valid:
            raise ImproperlyConfigured(
                f"Key {number} of FACTOR_KEYS is not 32 bytes in URL-safe Base64. "
                "`manage.py factor_keys generate` makes one."
            )
    return keys


def link(variable: str, url: str) -> str:
    """Return an address that contains {token}, or "". Raises ImproperlyConfigured."""
    if url and not (url.startswith(("https://", "http://")) and "{token}" in url):
        raise ImproperlyConfigured(
            f"{variable} must be an address with {{token}} in it, such as "
            "https://shop.example.org/mail#{token}."
        )
    return url


def proxy_secret(secret: str, *, is_due: bool) -> str:
    """Return the secret that a proxy sends in X-Proxy-Secret, or "" if none `is_due`.

    Raises ImproperlyConfigured if it is missing, too short, or not valid in a header field.
    """
    if is_due and not secret:
        raise ImproperlyConfigured(
            "TRUSTED_PROXIES needs PROXY_SECRET, which the proxy in front sends in X-Proxy-Secret. "
            "Otherwise a client could choose its own address. See docs/serving.md."
        )
    if secret and not (len(secret) >= MINIMUM_SECRET and VISIBLE.fullmatch(secret)):
        raise ImproperlyConfigured(
            f"PROXY_SECRET must have at least {MINIMUM_SECRET} characters, all of them letters, "
            "digits and other visible ASCII: it is sent in a header field, followed by a space."
        )
    return secret


def origins(variable: str, values: Iterable[str]) -> list[str]:
    """Return origins (RFC 6454 section 6.1) exactly as browsers send them in Origin.

    Raises ImproperlyConfigured for any other text: it would match no request.
    """
    found = [value.strip() for value in values if value.strip()]
    for value in found:
        if not _is_origin(value):
            raise ImproperlyConfigured(
                f"{variable} has {value!r}, which is no origin that a browser sends. Write scheme, "
                "host and port in lower case, without a default port, a path or a slash at the "
                "end, such as https://shop.example.org or http://localhost:5173. There are no "
                "wildcards, and 'null' can't be allowed."
            )
    return found


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    shown_port = "" if port in (None, 0, DEFAULT_PORTS.get(parts.scheme)) else f":{port}"
    shown_host = f"[{host}]" if ":" in host else host
    return (
        parts.scheme in DEFAULT_PORTS
        and _is_host(host)
        and text == f"{parts.scheme}://{shown_host}{shown_port}"
    )


def _is_host(host: str) -> bool:
    """Return whether a host is a name or an address in the one form that browsers use."""
    if ":" in host or host.rpartition(".")[2].isdecimal():
        try:
            address: IPv4Address | IPv6Address = ip_address(host)
        except ValueError:
            return False
        # A zone, as in fe80::1%eth0, is no part of an address in the URL standard.
        return str(address) == host and "%" not in host
    return HOST_NAME.fullmatch(host) is not None
