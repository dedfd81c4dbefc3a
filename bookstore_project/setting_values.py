"""Parses and checks settings with a format of their own, when the settings are loaded."""

import re

from django.core.exceptions import ImproperlyConfigured

MINIMUM_SECRET = 32
# Printable ASCII without spaces.
VISIBLE = re.compile("[!-~]+")


def rate(variable: str, text: str) -> tuple[int, int]:
    """Return the quota and the seconds of a limit like 30/3600. Raises ImproperlyConfigured."""
    quota, _, window = text.partition("/")
    if not (quota.isdecimal() and window.isdecimal() and int(window)):
        raise ImproperlyConfigured(f"{variable} must be a quota and seconds, such as 30/3600.")
    return int(quota), int(window)


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
